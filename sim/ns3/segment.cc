#include "sim/ns3/segment.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "control-core/base/text.h"
#include "sim/ns3/time.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::sim {
namespace {

// Preamble 8, frame check 4, gap 12; a frame with its check is at least 64 octets (IEEE 802.3).
constexpr std::size_t around = 24;
constexpr std::size_t shortest = 60;

constexpr Mac leaf_mac{{0x02, 0x00, 0x5e, 0x00, 0x00, 0x01}};

wire::Ethernet ethernet_of(const SharedBytes& frame) {
  Reader in{*frame};
  return wire::Ethernet::read(in);
}
Mac destination(const SharedBytes& frame) {
  return ethernet_of(frame).dst;
}

SharedBytes sent_on(const SharedBytes& frame, const Mac& to) {
  auto copy = std::make_shared<std::vector<std::byte>>(*frame);
  std::memcpy(copy->data(), to.octets.data(), to.octets.size());
  return copy;
}

}  // namespace

PortId Segment::attach(const Mac& mac, std::uint32_t context, Receive receive, Tap tap) {
  if (by_mac_.contains(mac))
    throw std::runtime_error("two nodes of the underlay have the MAC address " + to_text(mac));
  ports_.push_back({mac,
                    {},
                    context,
                    std::make_shared<const Receive>(std::move(receive)),
                    std::move(tap),
                    now()});
  const PortId id{static_cast<std::uint32_t>(ports_.size())};
  by_mac_.emplace(mac, id);
  return id;
}

Segment::Port* Segment::live(PortId id) {
  if (id.raw() == 0 || id.raw() > ports_.size()) return nullptr;
  Port& port = ports_[id.raw() - 1];
  return port.receive ? &port : nullptr;
}

void Segment::serve(PortId port, Ip4 address) {
  live(port)->address = address;
  by_address_[address] = port;
}

void Segment::detach(PortId port) {
  Port* const pulled = live(port);
  if (pulled == nullptr) return;
  by_mac_.erase(pulled->mac);
  if (const auto served = by_address_.find(pulled->address);
      served != by_address_.end() && served->second == port)
    by_address_.erase(served);
  pulled->receive = nullptr;
  pulled->tap = nullptr;
}

Duration Segment::transmit_time(std::size_t octets) const {
  const auto bits = static_cast<std::int64_t>((std::max(octets, shortest) + around) * 8);
  const auto rate = static_cast<std::int64_t>(link_.rate_bps);
  return {(bits * 1'000'000'000 + rate - 1) / rate};
}

bool Segment::accepts(const Port& port, std::size_t octets) {
  if (octets > wire::Ethernet::size + link_.mtu) {
    ++counters_.too_long;
    return false;
  }
  const Duration backlog = port.free_at > now() ? port.free_at - now() : Duration{};
  const auto waiting = static_cast<double>(backlog.ns) * static_cast<double>(link_.rate_bps) / 8e9;
  if (waiting + static_cast<double>(octets) > link_.queue_bytes) {
    ++counters_.queue_full;
    return false;
  }
  return true;
}

void Segment::send(PortId from, SharedBytes frame) {
  Port* const port = live(from);
  if (port == nullptr || frame->size() < wire::Ethernet::size) {
    ++counters_.dead;
    return;
  }
  Port& sender = *port;
  if (!accepts(sender, frame->size())) return;
  if (sender.tap) sender.tap(Direction::out, *frame);
  ++counters_.sent;
  sender.free_at = std::max(sender.free_at, now()) + transmit_time(frame->size());
  if (link_.leaves != 0) return route(from, sender, frame);
  const Duration after = sender.free_at - now() + link_.delay;

  const Mac to = destination(frame);
  if (to.multicast()) {
    for (std::uint32_t n = 1; n <= ports_.size(); ++n)
      if (const Port* other = live(PortId{n}); other != nullptr && other != &sender)
        pass_on(sender, PortId{n}, *other, after, frame);
  } else if (const auto found = by_mac_.find(to); found != by_mac_.end() && found->second != from) {
    pass_on(sender, found->second, *live(found->second), after, frame);
  } else {
    ++counters_.nobody;
  }
}

// The leaf: everybody's next hop.
void Segment::route(PortId from, Port& sender, const SharedBytes& frame) {
  Reader in{*frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (ethernet.type == wire::EtherType::arp) return answer(from, sender, *frame);
  const auto ip = wire::Ipv4::read(in);
  const auto to = by_address_.find(ip.dst);
  if (ethernet.type != wire::EtherType::ipv4 || !in.ok() || to == by_address_.end()) {
    ++counters_.nobody;
    return;
  }
  const Port& receiver = *live(to->second);
  const Duration after = sender.free_at - now() + link_.between(sender.address, receiver.address);
  pass_on(sender, to->second, receiver, after, sent_on(frame, receiver.mac));
}

void Segment::pass_on(const Port& sender, PortId to, const Port& receiver, Duration after,
                      const SharedBytes& frame) {
  if (connects(sender.address, receiver.address))
    deliver_later(to, receiver.context, after, frame);
  else
    ++counters_.cut_off;
}

void Segment::answer(PortId from, const Port& sender, Bytes request) {
  Reader in{request};
  wire::Ethernet::read(in);
  const auto arp = wire::Arp::read(in);
  const bool known = arp.target == link_.leaf_address || by_address_.contains(arp.target);
  if (!in.ok() || arp.op != wire::Arp::Op::request || !known || arp.target == sender.address) {
    ++counters_.nobody;
    return;
  }
  auto reply = std::make_shared<std::vector<std::byte>>(shortest);
  Writer out{*reply};
  wire::Ethernet{sender.mac, leaf_mac, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::reply, leaf_mac, arp.target, arp.sender_mac, arp.sender}.write(out);
  deliver_later(from, sender.context, sender.free_at - now() + link_.delay * 2, reply);
}

void Segment::deliver_later(PortId to, std::uint32_t context, Duration after,
                            const SharedBytes& frame) {
  ns3::Simulator::ScheduleWithContext(context, to_ns3(after),
                                      [this, to, frame] { deliver(to, frame); });
}

void Segment::deliver(PortId to, const SharedBytes& frame) {
  const Port* const port = live(to);
  if (port == nullptr) {
    ++counters_.dead;
    return;
  }
  ++counters_.received;
  if (port->tap) port->tap(Direction::in, *frame);
  // The receiver may detach itself: the function is kept alive for the call.
  const auto receive = port->receive;
  (*receive)(frame);
}

}  // namespace tflab::sim
