#include "pcap-replay/conversation/xmpp_listener.h"

#include <variant>

#include "control-core/xmpp/stanza.h"
#include "control-core/xmpp/stream.h"

namespace tflab::conversation {
namespace {

// The end that dialled is the agent.
enum class Role { agent, control_node };

class StreamReader {
public:
  StreamReader(const Direction& direction, Role role) : role_{role} {
    said_.by = direction.from;
    said_.missing = direction.missing;
    for (const Run& run : direction.runs) {
      said_.octets += run.octets.size();
      if (!run.from_start)
        said_.faults.push_back({0, run.packet_at(0), "begins in the middle of a stream: not read"});
    }
    if (!direction.runs.empty() && direction.runs[0].from_start) read(direction.runs[0]);
  }
  Said take() { return std::move(said_); }

private:
  // Piece by piece as the packets brought them, so that a fault has a place.
  void read(const Run& run) {
    const Bytes octets = run.octets;
    for (std::size_t i = 0; i < run.marks.size() && !over_; ++i) {
      const std::size_t at = run.marks[i].at;
      const std::size_t end = i + 1 < run.marks.size() ? run.marks[i + 1].at : octets.size();
      stream_.push(octets.subspan(at, end - at));
      while (auto event = stream_.poll())
        std::visit([&](const auto& one) { take(one, run, at); }, *event);
    }
  }

  void count(const std::string& what) { ++said_.messages[what]; }
  void fault(const Run& run, std::size_t at, std::string why) {
    said_.faults.push_back({at, run.packet_at(at), std::move(why)});
  }
  void take(const xmpp::Header&, const Run&, std::size_t) { count("stream"); }
  void take(const xmpp::Keepalives& keepalives, const Run&, std::size_t) {
    said_.messages["keepalive"] += keepalives.count;
  }
  void take(const xmpp::Ended&, const Run&, std::size_t) {
    count("stream end");
    over_ = true;
  }
  void take(const xmpp::StreamFault& wrong, const Run& run, std::size_t at) {
    fault(run, at, std::string{wrong.condition} + ": " + wrong.why);
    said_.session_ended = wrong.condition;
    over_ = true;
  }
  void take(const xml::Element& stanza, const Run& run, std::size_t at) {
    count(stanza.name);
    if (role_ == Role::agent) {
      const auto read = xmpp::read_agent_stanza(stanza);
      if (const auto* nonsense = std::get_if<xmpp::Nonsense>(&read)) fault(run, at, nonsense->why);
      if (const auto* publish = std::get_if<xmpp::Publish>(&read)) {
        if (!publish->why.empty()) fault(run, at, publish->why);
        ++said_.routes;
      }
    } else {
      const auto read = xmpp::read_control_stanza(stanza);
      if (const auto* nonsense = std::get_if<xmpp::Nonsense>(&read)) fault(run, at, nonsense->why);
      if (const auto* routes = std::get_if<xmpp::RouteMessage>(&read)) {
        said_.routes += routes->items.size();
        said_.withdrawn += routes->retracts.size();
        if (routes->refused != 0)
          fault(run, at, std::to_string(routes->refused) + " items that make no sense");
      }
    }
  }

  Role role_;
  xmpp::Stream stream_;
  Said said_;
  bool over_ = false;
};

}  // namespace

Heard listen_to_xmpp(const Connection& connection) {
  Heard heard;
  heard.language = recording::Language::xmpp;
  heard.one = StreamReader{connection.one, Role::agent}.take();
  heard.other = StreamReader{connection.other, Role::control_node}.take();
  for (const Said* said : {&heard.one, &heard.other})
    if (!said->session_ended.empty())
      heard.disagreements.push_back("our stream would have ended with \"" + said->session_ended +
                                    '"');
  return heard;
}

}  // namespace tflab::conversation
