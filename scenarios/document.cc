#include "scenarios/document.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/json_text.h"
#include "scenarios/node.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {
namespace {

namespace fs = std::filesystem;

class DocumentReader {
public:
  explicit DocumentReader(Document& out) : out_{out} {}

  void run(const std::string& file, const LoadOptions& options) {
    auto json = read_with_includes(file, fs::path{file}.parent_path());
    if (!json) return;
    out_.json = std::move(*json);
    for (const std::string& overlay : options.overlays)
      if (const auto patch = read_file(overlay)) merge(*patch, overlay);
    for (const auto& [pointer, value] : options.sets) set(pointer, value);
    if (out_.faults.empty()) substitute_variables();
    if (out_.json.is_object()) {
      out_.json.erase("include");
      out_.json.erase("vars");
    }
  }

private:
  void fault(std::string file, Position at, std::string pointer, std::string message) {
    if (out_.faults.size() < Faults::most)
      out_.faults.push_back(
          {std::move(file), at.line, at.column, std::move(pointer), std::move(message)});
  }

  // The text of a regular file of bearable size.
  std::optional<std::string> text_of(const std::string& file) {
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) return fault(file, {}, "", "there is no such file"), std::nullopt;
    if (fs::is_directory(status)) return fault(file, {}, "", "is a directory"), std::nullopt;
    if (!fs::is_regular_file(status))
      return fault(file, {}, "", "is not a regular file"), std::nullopt;
    const auto size = fs::file_size(file, error);
    if (!error && size > file_size_max)
      return fault(file, {}, "",
                   "has " + std::to_string(size >> 20) + " MiB; the limit is " +
                       std::to_string(file_size_max >> 20) + " MiB"),
             std::nullopt;
    std::ifstream in{file, std::ios::binary};
    std::ostringstream text;
    text << in.rdbuf();
    if (!in && size != 0) return fault(file, {}, "", "cannot be read"), std::nullopt;
    return std::move(text).str();
  }

  std::optional<Json> read_file(const std::string& file) {
    auto text = text_of(file);
    if (!text) return {};
    auto json = parse(file, *text);
    out_.sources.add(file, std::move(*text));
    return json;
  }

  std::optional<Json> parse(const std::string& file, const std::string& text) {
    const std::size_t before = out_.faults.size();
    const Scan found = scan(text, Keep::duplicates_only);
    if (found.too_deep) {
      fault(file, *found.too_deep, "",
            "nesting deeper than " + std::to_string(Scan::depth_max) + " levels");
      return {};
    }
    for (const Duplicate& twice : found.duplicates)
      fault(file, twice.second, twice.pointer,
            "duplicate key " + in_quotes(Node{out_.json, twice.pointer, ignored_}.name()) +
                "; it stands at line " + std::to_string(twice.first.line) + ", column " +
                std::to_string(twice.first.column) + " already");
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
      fault(file, {1, 1}, "", "the file is empty");
      return {};
    }
    Parsed parsed = parse_json(text);
    if (const auto* error = std::get_if<SyntaxError>(&parsed))
      fault(file, error->at, "", error->reason);
    else if (!std::get<Json>(parsed).is_object())
      fault(file, {1, 1}, "", "expected an object: a scenario is written in { }");
    else if (out_.faults.size() == before)
      return std::move(std::get<Json>(parsed));
    return {};
  }

  // RFC 7386. A file without includes is itself, nulls and all, so that those are told of.
  void merge(const Json& patch, const std::string& file) {
    if (patch.contains("include"))
      fault(file, {}, "/include", "an overlay cannot include other files");
    out_.json.merge_patch(patch);
  }

  std::optional<Json> read_with_includes(const std::string& file, const fs::path& root) {
    constexpr std::size_t open_max = 16;
    std::error_code error;
    const std::string canonical = fs::weakly_canonical(file, error).string();
    if (std::ranges::find(open_, canonical) != open_.end() || open_.size() >= open_max) {
      fault(file, {}, "", "includes itself through other files");
      return {};
    }
    open_.push_back(canonical);
    auto result = with_includes(file, root);
    open_.pop_back();
    return result;
  }

  std::optional<Json> with_includes(const std::string& file, const fs::path& root) {
    // Included files come first in the list of sources: what this file says of a pointer holds.
    auto text = text_of(file);
    if (!text) return {};
    auto json = parse(file, *text);
    if (!json || !json->contains("include")) {
      out_.sources.add(file, std::move(*text));
      return json;
    }
    Json merged = Json::object();
    for (const std::string& name : included(*json, file, *text, root))
      if (const auto part = read_with_includes(name, root)) merged.merge_patch(*part);
    json->erase("include");
    merged.merge_patch(*json);
    out_.sources.add(file, std::move(*text));
    return merged;
  }

  // Paths count from the including file and stay below the scenario's own folder.
  std::vector<std::string> included(const Json& json, const std::string& file,
                                    const std::string& text, const fs::path& root) {
    const Scan places = scan(text, Keep::spots);
    const auto refuse = [&](const std::string& pointer, std::string message) {
      const auto spot = places.spots.find(pointer);
      fault(file, spot == places.spots.end() ? Position{} : spot->second.value, pointer,
            std::move(message));
    };
    std::vector<std::string> out;
    const Json& list = json["include"];
    if (!list.is_array()) {
      refuse("/include", "expected a list of files");
      return out;
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string pointer = "/include/" + std::to_string(i);
      if (!list[i].is_string()) {
        refuse(pointer, "expected a string");
        continue;
      }
      const fs::path name = list[i].get<std::string>();
      const fs::path full = fs::path{file}.parent_path() / name;
      if (!inside(full, root) || name.is_absolute())
        refuse(pointer, in_quotes(name.string()) + " is outside the scenario's folder");
      else
        out.push_back(full.string());
    }
    return out;
  }

  static bool inside(const fs::path& file, const fs::path& root) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(file, error);
    const fs::path base = fs::weakly_canonical(root.empty() ? fs::path{"."} : root, error);
    return std::mismatch(base.begin(), base.end(), real.begin(), real.end()).first == base.end();
  }

  void set(const std::string& pointer, const std::string& value) {
    const std::string name = "--set " + pointer;
    if (!pointer.starts_with('/'))
      return fault(name, {}, "", "expected a JSON pointer such as /run/seed");
    Json json = Json::parse(value, nullptr, false);
    if (json.is_discarded()) json = value;  // a bare word: --set /run/until=30s
    if (!put(pointer, json))
      return fault(name, {}, pointer, "there is no such place in the scenario");
    out_.sources.add(name, json.dump(-1, ' ', false, Json::error_handler_t::replace), pointer);
  }

  // Missing objects on the way are made; lists only take an existing element or "-", one past it.
  bool put(const std::string& pointer, const Json& value) {
    Json* at = &out_.json;
    for (std::size_t begin = 1; begin <= pointer.size();) {
      const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
      const std::string token =
          Node{out_.json, '/' + pointer.substr(begin, end - begin), ignored_}.name();
      if (at->is_null()) *at = Json::object();
      if (at->is_object()) {
        at = &(*at)[token];
      } else if (at->is_array()) {
        if (token == "-") {
          at->push_back(nullptr);
          at = &at->back();
        } else {
          const bool digits = !token.empty() && token.size() < 8 &&
                              token.find_first_not_of("0123456789") == std::string::npos;
          if (!digits || std::stoul(token) >= at->size()) return false;
          at = &(*at)[std::stoul(token)];
        }
      } else {
        return false;
      }
      begin = end + 1;
    }
    *at = value;
    return true;
  }

  void substitute_variables() {
    if (!out_.json.is_object()) return;
    Faults faults{out_.sources};
    Json vars = Json::object();
    if (const auto found = out_.json.find("vars"); found != out_.json.end()) {
      vars = *found;
      const Node node{vars, "/vars", faults};
      for (const Node& var : node.members("an object of variables"))
        if (!var.json().is_string() && !var.json().is_number() && !var.json().is_boolean())
          var.fault("a variable is a string, a number, true or false");
    }
    for (auto& [key, value] : out_.json.items())
      if (key != "vars") substitute(value, '/' + pointer_token(key), vars, faults);
    for (Fault& fault : faults.take()) out_.faults.push_back(std::move(fault));
  }

  static void substitute(Json& json, const std::string& pointer, const Json& vars, Faults& faults) {
    if (json.is_object()) {
      for (auto& [key, value] : json.items())
        substitute(value, pointer + '/' + pointer_token(key), vars, faults);
    } else if (json.is_array()) {
      for (std::size_t i = 0; i < json.size(); ++i)
        substitute(json[i], pointer + '/' + std::to_string(i), vars, faults);
    } else if (json.is_string()) {
      const std::string text = json.get<std::string>();
      if (const Json* whole = variable_alone(text, vars))
        json = *whole;
      else
        json = substituted(text, pointer, vars, faults);
    }
  }

  // "${vrouters}" and nothing else is the variable itself: a number stays one.
  static const Json* variable_alone(const std::string& text, const Json& vars) {
    if (!text.starts_with("${") || text.find('}') != text.size() - 1 || !vars.is_object())
      return nullptr;
    const auto found = vars.find(text.substr(2, text.size() - 3));
    return found == vars.end() || found->is_structured() ? nullptr : &*found;
  }

  static std::string substituted(const std::string& text, const std::string& pointer,
                                 const Json& vars, Faults& faults) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
      const std::size_t begin = text.find("${", at);
      const std::size_t end = begin == std::string::npos ? begin : text.find('}', begin);
      out += text.substr(at, begin - at);
      if (end == std::string::npos) {
        if (begin != std::string::npos) out += text.substr(begin);
        return out;
      }
      const std::string name = text.substr(begin + 2, end - begin - 2);
      if (vars.is_object() && vars.contains(name)) {
        const Json& value = vars[name];
        out += value.is_string() ? value.get<std::string>() : value.dump();
      } else {
        std::vector<std::string> known;
        if (vars.is_object())
          for (const auto& [key, value] : vars.items()) known.push_back(key);
        faults.add(pointer, "there is no variable " + in_quotes(name) + " in \"vars\"" +
                                did_you_mean(name, known));
      }
      at = end + 1;
    }
  }

  Document& out_;
  std::vector<std::string> open_;  // files being read, for cycles
  Sources no_sources_;
  Faults ignored_{no_sources_};
};

}  // namespace

Document read_document(const std::string& file, const LoadOptions& options) {
  Document out;
  DocumentReader{out}.run(file, options);
  return out;
}

}  // namespace tflab::scenario
