#include "recording/replay.h"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>

#include "control-core/agent/recorder.h"
#include "control-core/node/recorder.h"
#include "recording/describe.h"
#include "recording/event_fields.h"
#include "recording/file.h"

namespace tflab::recording {
namespace {

// What the two kinds of node have in common for a player.
class Life {
public:
  virtual ~Life() = default;
  // Plays an input; a sentence when the node answered otherwise.
  virtual std::optional<std::string> take(Instant now, const Json& line) = 0;
  virtual std::optional<Json> poll() = 0;
  virtual Json normal(const Json& output) const = 0;  // read and written again
};

class ControlLife final : public Life {
public:
  explicit ControlLife(const config::ControlNode& config) : node_{config} {}

  std::optional<std::string> take(Instant now, const Json& line) override {
    node::Input input;
    read_kind("in", line, input);
    const auto answer = node::play(node_, now, input);
    const auto* accepted = std::get_if<Accepted>(&input);
    if (accepted == nullptr || answer == accepted->stream) return {};
    return "the accepted stream was called " + std::to_string(accepted->stream.raw()) +
           " and is now called " + std::to_string(answer->raw());
  }
  std::optional<Json> poll() override {
    const auto output = node_.poll_output();
    return output ? std::optional{write_kind("out", *output)} : std::nullopt;
  }
  Json normal(const Json& output) const override {
    node::Output value;
    read_kind("out", output, value);
    return write_kind("out", value);
  }

private:
  node::ControlNode node_;
};

class AgentLife final : public Life {
public:
  explicit AgentLife(const config::Vrouter& config) : agent_{config} {}

  std::optional<std::string> take(Instant now, const Json& line) override {
    agent::Input input;
    read_kind("in", line, input);
    agent::play(agent_, now, input);
    return {};
  }
  std::optional<Json> poll() override {
    const auto output = agent_.poll_output();
    return output ? std::optional{write_kind("out", *output)} : std::nullopt;
  }
  Json normal(const Json& output) const override {
    agent::Output value;
    read_kind("out", output, value);
    return write_kind("out", value);
  }

private:
  agent::Agent agent_;
};

// Names of streams for people, and which language is spoken on them.
class Streams {
public:
  void note(const Json& line) {
    const auto kind = line.value("in", line.value("out", ""));
    if (kind == "accepted")
      call(line["stream"], line["remote"], line["local"]["port"]);
    else if (kind == "open")
      call(line["stream"], line["to"], line["to"]["port"]);
  }
  void xmpp_port(std::uint16_t port) { xmpp_port_ = port; }

  std::string name(const Json& output) const {
    const auto known = known_.find(number(output));
    return "stream " + std::to_string(number(output)) +
           (known == known_.end() ? "" : " with " + known->second.peer);
  }
  Language language(const Json& output) const {
    const auto known = known_.find(number(output));
    return known == known_.end() ? Language::bgp : known->second.language;
  }

private:
  struct Known {
    std::string peer;
    Language language;
  };
  static std::uint64_t number(const Json& output) { return output.value("stream", 0u); }
  void call(const Json& stream, const Json& peer, const Json& port) {
    known_[stream.get<std::uint64_t>()] = {
        peer["address"].get<std::string>() + ":" + peer["port"].dump(),
        port == xmpp_port_ ? Language::xmpp : Language::bgp};
  }

  std::uint16_t xmpp_port_ = 0;
  std::map<std::uint64_t, Known> known_;
};

class Player {
public:
  explicit Player(std::istream& in) : in_{in} {}

  Report run() {
    try {
      while (next_line() && !ended_ && !report_.difference) play_line();
      if (!ended_ && !report_.difference && report_.damage.empty())
        damaged(line_ + 1,
                "the recording is cut off here: its last line does not say that it ends");
    } catch (const Unreadable& fault) {
      damaged(line_, fault.what());
    }
    return std::move(report_);
  }

private:
  void damaged(std::uint64_t line, const std::string& why) {
    report_.damage = "line " + std::to_string(line) + ": " + why;
  }

  bool next_line() {
    if (!std::getline(in_, text_)) return false;
    ++line_;
    json_ = Json::parse(text_, nullptr, false);
    if (json_.is_object()) return true;
    damaged(line_, in_.eof() ? "cut off in the middle of the line" : "not a JSON object");
    return false;
  }

  void play_line() {
    if (json_.contains("tflab-recording"))
      begin();
    else if (json_.contains("end"))
      end();
    else if (!life_)
      throw Unreadable{"not a recording: its first line does not say what was recorded"};
    else if (json_.contains("in"))
      take();
    else
      compare();
  }

  void begin() {
    if (json_["tflab-recording"] != format_version)
      throw Unreadable{"not a version known here: " + json_["tflab-recording"].dump()};
    for (const char* key : {"kind", "node"})
      if (!json_.contains(key) || !json_[key].is_string())
        throw Unreadable{std::string{"not complete: \""} + key + "\" is missing"};
    if (!json_.contains("configuration"))
      throw Unreadable{"not complete: \"configuration\" is missing"};
    report_.kind = json_["kind"];
    report_.node = json_["node"];
    if (report_.kind == control_node_kind)
      begin<ControlLife, config::ControlNode>();
    else if (report_.kind == vrouter_kind)
      begin<AgentLife, config::Vrouter>();
    else
      throw Unreadable{"not a kind of node known here: \"" + report_.kind + '"'};
    ++report_.lives;
  }
  template <class Kind, class Config>
  void begin() {
    Config config;
    at("configuration", [&] { read(json_["configuration"], config); });
    streams_ = {};
    streams_.xmpp_port(config.xmpp_port);
    life_ = std::make_unique<Kind>(config);
  }

  void take() {
    if (!json_.contains("t")) throw Unreadable{"not complete: \"t\" is missing"};
    Instant now;
    at("t", [&] { read(json_["t"], now); });
    event_ = "line " + std::to_string(line_) + " at " + std::to_string(now.ns) +
             " ns: " + shortened(text_);
    Json input = json_;
    input.erase("t");
    const auto otherwise = life_->take(now, input);
    streams_.note(json_);
    ++report_.inputs;
    if (otherwise) differ(*otherwise, {}, {});
  }

  void compare() {
    const bool nothing = json_.value("out", "") == "nothing";
    const std::optional<Json> recorded =
        nothing ? std::nullopt : std::optional{life_->normal(json_)};
    const std::optional<Json> replayed = life_->poll();
    if (recorded == replayed) {
      if (recorded) count(*recorded);
      return;
    }
    if (!recorded)
      differ("the node says something that was not recorded", recorded, replayed);
    else if (!replayed)
      differ("the node says nothing where it did", recorded, replayed);
    else
      differ("the node says something else", recorded, replayed);
  }

  void count(const Json& output) {
    ++report_.outputs;
    streams_.note(output);
    if (output["out"] == "write")
      report_.octets += output["data"].get_ref<const std::string&>().size() / 2;
  }

  void end() {
    ended_ = true;
    if (json_.value("lines", std::uint64_t{0}) + 1 != line_)
      damaged(line_, "lines are missing: " + json_.value("lines", Json{}).dump() +
                         " were recorded, " + std::to_string(line_ - 1) + " are there");
  }

  void differ(const std::string& what, const std::optional<Json>& recorded,
              const std::optional<Json>& replayed) {
    Difference& found = report_.difference.emplace();
    found.line = line_;
    found.event = event_;
    found.what = what;
    if (recorded && replayed) found.what += where(*recorded, *replayed);
    if (recorded) found.recorded = told_output(*recorded);
    if (replayed) found.replayed = told_output(*replayed);
  }

  static std::string data_of(const Json& output) { return output.value("data", ""); }
  static std::string where(const Json& recorded, const Json& replayed) {
    const std::string a = data_of(recorded), b = data_of(replayed);
    if (a.empty() || b.empty()) return "";
    const auto apart = std::ranges::mismatch(a, b).in1 - a.begin();
    return ", from octet " + std::to_string(apart / 2) + " on (of " + std::to_string(a.size() / 2) +
           " and " + std::to_string(b.size() / 2) + ")";
  }

  std::vector<std::string> told_output(const Json& output) const {
    std::vector<std::string> lines;
    if (!output.contains("stream")) return {output.dump()};
    lines.push_back(output["out"].get<std::string>() + " on " + streams_.name(output));
    if (const auto octets = from_hex(data_of(output)); octets && !octets->empty())
      for (std::string& line : told(streams_.language(output), *octets))
        lines.push_back("  " + std::move(line));
    return lines;
  }

  static std::string shortened(const std::string& text) {
    constexpr std::size_t most = 160;
    return text.size() <= most ? text : text.substr(0, most) + "...";
  }

  std::istream& in_;
  std::string text_, event_;
  Json json_;
  std::uint64_t line_ = 0;
  std::unique_ptr<Life> life_;
  Streams streams_;
  Report report_;
  bool ended_ = false;
};

}  // namespace

bool is_recording(const std::string& first_line) {
  return first_line.starts_with("{\"tflab-recording\"");
}

Report replay(std::istream& recording) {
  return Player{recording}.run();
}

std::vector<vr::Op> programmed(std::istream& recording) {
  std::vector<vr::Op> ops;
  std::uint64_t number = 0;
  std::string kind;
  for (std::string line; std::getline(recording, line);) {
    ++number;
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) throw Unreadable{"line " + std::to_string(number) + ": cut off"};
    if (json.contains("tflab-recording")) {
      kind = json.value("kind", "");
      ops.clear();
    }
    if (json.value("out", "") == Fields<agent::Program>::name)
      at("line " + std::to_string(number), [&] { read(json["op"], ops.emplace_back()); });
  }
  if (kind != vrouter_kind) throw Unreadable{"not the recording of a vrouter"};
  return ops;
}

}  // namespace tflab::recording
