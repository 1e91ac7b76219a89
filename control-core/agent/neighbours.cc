#include "control-core/agent/neighbours.h"

#include <algorithm>
#include <array>
#include <limits>

#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::agent {
namespace {

constexpr Instant at_once{std::numeric_limits<std::int64_t>::min()};

Duration back_off(unsigned tries) {
  Duration wait = Neighbours::first_retry;
  for (; tries > 1 && wait < Neighbours::longest_retry; --tries) wait = wait * 2;
  return std::min(wait, Neighbours::longest_retry);
}

std::vector<std::byte> request(const Underlay& underlay, Ip4 target, const Mac& to) {
  std::array<std::byte, wire::Ethernet::size + wire::Arp::size> room{};
  Writer out{room};
  wire::Ethernet{to, underlay.mac, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::request, underlay.mac, underlay.address, Mac{}, target}.write(out);
  return {room.begin(), room.end()};
}

}  // namespace

void Neighbours::want(Ip4 ip) {
  if (ip == underlay_.address || ip == Ip4{} || entries_.contains(ip)) return;
  const auto it = entries_.emplace(ip, Entry{}).first;
  it->second.due = at_once;
  due_.emplace(at_once, ip);
}

void Neighbours::hold(Ip4 ip, Bytes frame) {
  if (!entries_.contains(ip) && entries_.size() >= most_asked) return;
  want(ip);
  const auto it = entries_.find(ip);
  if (it == entries_.end() || frame.size() < wire::Ethernet::size) return;
  it->second.waiting.assign(frame.begin(), frame.end());
  if (it->second.state != State::resolving) send_waiting(it->second);
}

void Neighbours::learn(Instant now, Ip4 ip, const Mac& mac) {
  const auto it = entries_.find(ip);
  if (it == entries_.end() || mac.multicast() || mac.zero()) return;
  Entry& entry = it->second;
  const bool news = entry.state == State::resolving || entry.mac != mac;
  entry.mac = mac;
  entry.state = State::reachable;
  entry.tries = 0;
  reschedule(it, now + lifetime);
  send_waiting(entry);
  if (news) changes_.put(Change{ip, mac});
}

std::optional<Mac> Neighbours::mac(Ip4 ip) const {
  const auto it = entries_.find(ip);
  if (it == entries_.end() || it->second.state == State::resolving) return {};
  return it->second.mac;
}

void Neighbours::on_timer(Instant now, const InUse& in_use) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto it = entries_.find(due_.begin()->second);
    step(now, it, in_use(it->first));
  }
}

std::optional<Instant> Neighbours::next_timer() const {
  if (due_.empty()) return {};
  return due_.begin()->first;
}

void Neighbours::step(Instant now, Entries::iterator it, bool used) {
  Entry& entry = it->second;
  const bool gives_up = entry.tries >= probes;
  switch (entry.state) {
    case State::resolving:
      if (gives_up && !used) return drop(it);
      break;
    case State::reachable:
      if (!used) return drop(it);
      entry.state = State::refreshing;
      break;
    case State::refreshing:
      if (!gives_up) break;
      if (!used) return drop(it);
      entry.state = State::resolving;
      entry.tries = 0;
      changes_.put(Change{it->first, {}});
      break;
  }
  ask(now, it);
}

// A neighbour that is known is asked by unicast: nobody else has to listen.
void Neighbours::ask(Instant now, Entries::iterator it) {
  Entry& entry = it->second;
  const bool known = entry.state == State::refreshing;
  out_.put(Transmit{fabric_vif, request(underlay_, it->first, known ? entry.mac : broadcast_mac)});
  ++entry.tries;
  reschedule(it, now + back_off(entry.tries));
}

void Neighbours::reschedule(Entries::iterator it, Instant when) {
  due_.erase({it->second.due, it->first});
  it->second.due = when;
  due_.emplace(when, it->first);
}

void Neighbours::drop(Entries::iterator it) {
  if (it->second.state != State::resolving) changes_.put(Change{it->first, {}});
  due_.erase({it->second.due, it->first});
  entries_.erase(it);
}

void Neighbours::send_waiting(Entry& entry) {
  if (entry.waiting.empty()) return;
  std::ranges::transform(entry.mac.octets, entry.waiting.begin(),
                         [](std::uint8_t octet) { return std::byte{octet}; });
  std::ranges::transform(underlay_.mac.octets, entry.waiting.begin() + 6,
                         [](std::uint8_t octet) { return std::byte{octet}; });
  out_.put(Transmit{fabric_vif, std::exchange(entry.waiting, {})});
}

}  // namespace tflab::agent
