#include "pcap-replay/conversation/bgp_listener.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "control-core/bgp/message.h"
#include "control-core/bgp/notification.h"
#include "control-core/bgp/open.h"
#include "control-core/bgp/session.h"
#include "control-core/bgp/update.h"
#include "control-core/types/family.h"
#include "control-core/types/intern.h"

namespace tflab::conversation {
namespace {

constexpr Instant start{};

std::vector<Family> every_family() {
  std::vector<Family> all;
  for (const FamilyRow& row : family_rows) all.push_back(row.family);
  return all;
}

std::string type_name(std::uint8_t type) {
  constexpr const char* names[] = {"OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"};
  return type >= 1 && type <= std::size(names) ? names[type - 1] : "type " + std::to_string(type);
}

bool marker_at(Bytes octets, std::size_t at) {
  return at + bgp::header_size <= octets.size() &&
         std::ranges::all_of(octets.subspan(at, bgp::marker_size),
                             [](std::byte octet) { return octet == std::byte{0xff}; });
}
std::size_t length_at(Bytes octets, std::size_t at) {
  return std::to_integer<std::size_t>(octets[at + 16]) << 8 |
         std::to_integer<std::size_t>(octets[at + 17]);
}
std::size_t next_marker(Bytes octets, std::size_t at) {
  while (at < octets.size() && !marker_at(octets, at)) ++at;
  return at;
}

// Message by message. A listener goes on where a session would end: behind the next header.
class Decoder {
public:
  Decoder(const Direction& direction, bgp::Dialect dialect) : dialect_{dialect} {
    said_.by = direction.from;
    said_.missing = direction.missing;
    for (const Run& run : direction.runs) {
      decode(run);
      base_ += run.octets.size();
    }
    said_.octets = base_;
  }
  Said take() { return std::move(said_); }
  const std::optional<bgp::Open>& open() const { return open_; }

private:
  void fault(const Run& run, std::size_t at, std::string why) {
    said_.faults.push_back({base_ + at, run.packet_at(at), std::move(why)});
  }

  void decode(const Run& run) {
    const Bytes octets = run.octets;
    // In the middle of a connection nobody knows where a message begins.
    std::size_t at = run.from_start ? 0 : next_marker(octets, 0);
    while (at < octets.size()) {
      const Bytes rest = octets.subspan(at);
      if (rest.size() < bgp::header_size) {
        fault(run, at, "ends in the middle of a header");
        return;
      }
      const auto header = bgp::read_header(rest.first(bgp::header_size), {dialect_.extended, true});
      const std::size_t length = length_at(octets, at);
      const bool sound = marker_at(octets, at) && length >= bgp::header_size;
      if (sound) ++said_.messages[type_name(std::to_integer<std::uint8_t>(rest[18]))];
      if (const auto* wrong = std::get_if<bgp::Notification>(&header)) {
        fault(run, at, to_text(*wrong));
        at = sound && length <= bgp::longest_extended_message ? at + length
                                                              : next_marker(octets, at + 1);
        continue;
      }
      if (length > rest.size()) {
        fault(run, at, "ends in the middle of a message");
        return;
      }
      message(run, at, std::get<bgp::Header>(header).type,
              rest.subspan(bgp::header_size, length - bgp::header_size));
      at += length;
    }
  }

  void message(const Run& run, std::size_t at, bgp::MessageType type, Bytes body) {
    if (type == bgp::MessageType::open) {
      const auto open = bgp::decode_open(body);
      if (const auto* wrong = std::get_if<bgp::Notification>(&open))
        fault(run, at, to_text(*wrong));
      else if (!open_)
        open_ = std::get<bgp::Open>(open);
    } else if (type == bgp::MessageType::update) {
      update(run, at, body);
    }
  }

  void update(const Run& run, std::size_t at, Bytes body) {
    static const auto spoken = every_family();
    const auto decoded = bgp::decode_update(body, dialect_, spoken, pool_);
    for (const bgp::Heard& heard : decoded.heard)
      (heard.attributes ? said_.routes : said_.withdrawn) += heard.routes.size();
    if (decoded.damage == bgp::Damage::reset_session)
      fault(run, at, to_text(decoded.fault));
    else if (decoded.damage == bgp::Damage::treat_as_withdraw)
      fault(run, at, "UPDATE treated as withdrawal (RFC 7606)");
    else if (decoded.damage == bgp::Damage::discard_attribute)
      fault(run, at, "attribute discarded (RFC 7606)");
  }

  bgp::Dialect dialect_;
  AttributePool pool_;
  Said said_;
  std::optional<bgp::Open> open_;
  std::uint64_t base_ = 0;  // octets of the runs before
};

// Our session instead of `listener`, hearing `speaker`; how it ended.
std::string session_over(const Direction& speaker, const bgp::Open& peer, const bgp::Open& ours) {
  if (speaker.runs.size() != 1 || !speaker.runs[0].from_start) return {};  // not all was heard
  bgp::SessionConfig config;
  config.local_as = ours.as();
  config.router_id = ours.identifier;
  config.peer_as = peer.as();
  config.families = ours.families;
  config.hold = seconds(ours.hold_seconds);
  config.passive = true;
  config.four_byte_as = ours.four_byte_as.has_value();
  config.route_refresh = ours.route_refresh;
  config.extended_messages = ours.extended_messages;
  AttributePool pool;
  bgp::Session session{config, pool};
  session.start(start);
  session.on_transport_up(start);
  std::string ended;
  const auto listen = [&] {
    while (const auto output = session.poll_output())
      if (const auto* down = std::get_if<bgp::Down>(&*output))
        ended = down->why.by_us ? down->why.text : "";
      else if (std::holds_alternative<bgp::HangUp>(*output) && ended.empty() &&
               session.last_error().by_us)
        ended = session.last_error().text;
  };
  listen();
  session.on_bytes(start, speaker.runs[0].octets);
  listen();
  return ended;
}

bool notified(const Said& said) {
  return said.messages.contains("NOTIFICATION");
}

void disagree(Heard& heard, const Said& speaker, const Said& listener) {
  if (speaker.session_ended.empty() || notified(listener)) return;
  heard.disagreements.push_back("our session would have ended with \"" + speaker.session_ended +
                                "\" where the other end stayed");
}

}  // namespace

Heard listen_to_bgp(const Connection& connection) {
  // The OPENs come first: how UPDATEs are read depends on them.
  const auto one_open = Decoder{connection.one, {}}.open(),
             other_open = Decoder{connection.other, {}}.open();
  bgp::Dialect dialect{.ibgp = true, .four_byte_as = true, .extended = true};
  if (one_open && other_open) {
    dialect.ibgp = one_open->as() == other_open->as();
    dialect.four_byte_as = one_open->four_byte_as && other_open->four_byte_as;
    dialect.extended = one_open->extended_messages && other_open->extended_messages;
  }
  Heard heard;
  heard.language = recording::Language::bgp;
  heard.one = Decoder{connection.one, dialect}.take();
  heard.other = Decoder{connection.other, dialect}.take();
  if (one_open && other_open) {
    heard.one.session_ended = session_over(connection.one, *one_open, *other_open);
    heard.other.session_ended = session_over(connection.other, *other_open, *one_open);
    disagree(heard, heard.one, heard.other);
    disagree(heard, heard.other, heard.one);
  }
  return heard;
}

}  // namespace tflab::conversation
