#include "scenarios/json_text.h"

#include <optional>
#include <utility>
#include <vector>

namespace tflab::scenario {
namespace {

// The reason may quote the text: no control characters, and no bytes that are half a character.
std::string printable(std::string text) {
  constexpr std::size_t most = 200;
  if (text.size() > most) text = text.substr(0, most) + "...";
  for (char& c : text)
    if (c < 0x20 || c == 0x7f) c = '?';
  return text;
}

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ...": the place
// is told by us, the number helps nobody.
std::string reason_of(std::string what) {
  if (const auto bracket = what.find("] "); bracket != std::string::npos)
    what.erase(0, bracket + 2);
  if (what.starts_with("parse error"))
    if (const auto colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
  return printable(std::move(what));
}

// Receives the parser's events. While a container is open its parents do not grow, so that the
// pointers on the stack stay good.
class Builder : public nlohmann::json_sax<Json> {
public:
  explicit Builder(std::string_view text) : text_{text} {}

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(std::int64_t value) override { return add(value) != nullptr; }
  bool number_unsigned(std::uint64_t value) override { return add(value) != nullptr; }
  bool number_float(double value, const std::string&) override { return add(value) != nullptr; }
  bool string(std::string& value) override { return add(std::move(value)) != nullptr; }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& value) override {
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t offset, const std::string&,
                   const nlohmann::detail::exception& error) override {
    error_ = SyntaxError{position_of(text_, offset == 0 ? 0 : offset - 1), reason_of(error.what())};
    return false;
  }

  Parsed result() && {
    if (error_) return std::move(*error_);
    return std::move(root_);
  }

private:
  Json* add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* array = open_.back()->get_ptr<Json::array_t*>()) {
      array->push_back(std::move(value));
      return &array->back();
    }
    auto& object = *open_.back()->get_ptr<Json::object_t*>();
    object.push_back({std::move(key_), std::move(value)});
    return &object.back().second;
  }
  bool open(Json container) {
    open_.push_back(add(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
  std::optional<SyntaxError> error_;
};

}  // namespace

Parsed parse_json(std::string_view text) {
  Builder builder{text};
  Json::sax_parse(text, &builder, Json::input_format_t::json, true, true);
  return std::move(builder).result();
}

}  // namespace tflab::scenario
