#include "sim/ns3/segment.h"

#include <ns3/simulator.h>

#include <algorithm>
#include <stdexcept>

#include "control-core/base/text.h"
#include "sim/ns3/time.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::sim {
namespace {

// Preamble 8, frame check 4, gap 12; a frame with its check is at least 64 octets (IEEE 802.3).
constexpr std::size_t around = 24;
constexpr std::size_t shortest = 60;

Mac destination(const SharedBytes& frame) {
  Reader in{*frame};
  return wire::Ethernet::read(in).dst;
}

}  // namespace

PortId Segment::attach(const Mac& mac, std::uint32_t context, Receive receive, Tap tap) {
  if (by_mac_.contains(mac))
    throw std::runtime_error("two nodes of the underlay have the MAC address " + to_text(mac));
  const PortId id{++last_port_};
  ports_.emplace(id, Port{mac, context, std::move(receive), std::move(tap), now()});
  by_mac_.emplace(mac, id);
  return id;
}

void Segment::detach(PortId port) {
  const auto it = ports_.find(port);
  if (it == ports_.end()) return;
  by_mac_.erase(it->second.mac);
  ports_.erase(it);
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
  const auto it = ports_.find(from);
  if (it == ports_.end() || frame->size() < wire::Ethernet::size) {
    ++counters_.dead;
    return;
  }
  Port& sender = it->second;
  if (!accepts(sender, frame->size())) return;
  if (sender.tap) sender.tap(Direction::out, *frame);
  ++counters_.sent;
  sender.free_at = std::max(sender.free_at, now()) + transmit_time(frame->size());
  const Duration after = sender.free_at - now() + link_.delay;

  const Mac to = destination(frame);
  if (to.multicast()) {
    for (const auto& [id, port] : ports_)
      if (id != from) deliver_later(id, port.context, after, frame);
  } else if (const auto found = by_mac_.find(to); found != by_mac_.end() && found->second != from) {
    deliver_later(found->second, ports_.at(found->second).context, after, frame);
  } else {
    ++counters_.nobody;
  }
}

void Segment::deliver_later(PortId to, std::uint32_t context, Duration after,
                            const SharedBytes& frame) {
  ns3::Simulator::ScheduleWithContext(context, to_ns3(after),
                                      [this, to, frame] { deliver(to, frame); });
}

void Segment::deliver(PortId to, const SharedBytes& frame) {
  const auto it = ports_.find(to);
  if (it == ports_.end()) {
    ++counters_.dead;
    return;
  }
  ++counters_.received;
  if (it->second.tap) it->second.tap(Direction::in, *frame);
  // The receiver may detach itself: the function is kept alive for the call.
  const Receive receive = it->second.receive;
  receive(frame);
}

}  // namespace tflab::sim
