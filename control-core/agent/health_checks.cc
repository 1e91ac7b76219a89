#include "control-core/agent/health_checks.h"

#include <algorithm>

#include "control-core/agent/nexthops.h"
#include "control-core/base/timers.h"
#include "vrouter-core/base/checksum.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::agent {
namespace {

// RFC 792.
constexpr std::uint8_t echo_reply = 0, echo_request = 8;

// The interface's number is the echo's id, so that it is one flow with all its answers.
std::vector<std::byte> question(const HealthChecks::Probe& probe, std::uint16_t sequence) {
  std::vector<std::byte> frame(wire::Ethernet::size + wire::Ipv4::size + wire::Icmp::size);
  Writer out{frame};
  wire::Ethernet{probe.mac, vrouter_mac, wire::EtherType::ipv4}.write(out);
  wire::Ipv4 ip;
  ip.total_length = static_cast<std::uint16_t>(wire::Ipv4::size + wire::Icmp::size);
  ip.ttl = 64;
  ip.protocol = wire::Protocol::icmp;
  ip.src = HealthChecks::asker;
  ip.dst = probe.address;
  ip.write(out);
  const std::span<std::byte> message = std::span{frame}.last(wire::Icmp::size);
  Writer icmp{message};
  icmp.u8(echo_request);
  icmp.u8(0);
  icmp.be16(0);
  icmp.be16(probe.vif.raw());
  icmp.be16(sequence);
  const std::uint16_t sum = checksum(message, 0);
  icmp.back_to(2).be16(sum);
  return frame;
}

struct Answer {
  Ip4 from;
  std::uint16_t id = 0, sequence = 0;
};
std::optional<Answer> read_answer(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const auto ip = wire::Ipv4::read(in);
  const std::uint8_t type = in.u8();
  in.take(3);
  const Answer answer{ip.src, in.be16(), in.be16()};
  const bool ours = in.ok() && ethernet.type == wire::EtherType::ipv4 &&
                    ip.protocol == wire::Protocol::icmp && !ip.fragment() &&
                    ip.dst == HealthChecks::asker && type == echo_reply;
  return ours ? std::optional{answer} : std::nullopt;
}

}  // namespace

void HealthChecks::set(Instant now, const config::Vrouter& config, const VmInterfaces& interfaces) {
  Probes next;
  for (const config::Port& port : config.ports) {
    const VmInterface* interface = interfaces.find(port.name);
    if (interface == nullptr || !port.address.is_v4()) continue;
    for (const config::HealthCheck& check : port.health_checks) {
      const auto was = probes_.find({port.name, check.name});
      Probe probe = was != probes_.end() ? was->second : Probe{};
      if (was == probes_.end()) probe.due = now + check.delay;
      probe.check = check;
      probe.vif = interface->vif.vif;
      probe.mac = port.mac;
      probe.address = port.address.v4();
      next.try_emplace({port.name, check.name}, std::move(probe));
    }
  }
  probes_ = std::move(next);
}

bool HealthChecks::failing(const std::string& port) const {
  return std::ranges::any_of(
      probes_, [&](const auto& each) { return each.first.first == port && each.second.fails; });
}

bool HealthChecks::heard(Instant now, VifId from, Bytes frame) {
  const auto answer = read_answer(frame);
  if (!answer || answer->id != from.raw()) return false;
  const auto asked = std::ranges::find_if(probes_, [&](const auto& each) {
    const Probe& probe = each.second;
    return probe.vif == from && probe.address == answer->from && probe.asked == answer->sequence;
  });
  if (asked == probes_.end()) return false;
  Probe& probe = asked->second;
  probe.asked.reset();
  probe.unanswered = 0;
  probe.due = now + probe.check.delay;
  return std::exchange(probe.fails, false);
}

bool HealthChecks::on_timer(Instant now) {
  bool changed = false;
  for (auto& [key, probe] : probes_)
    if (probe.due <= now) changed |= step(now, probe);
  return changed;
}

// Asks, or has waited long enough. The first question and so many more may stay without an answer.
bool HealthChecks::step(Instant now, Probe& probe) {
  if (!probe.asked) {
    probe.asked = ++sequence_;
    probe.due = now + probe.check.timeout;
    out_.put(Transmit{probe.vif, question(probe, *probe.asked)});
    return false;
  }
  probe.asked.reset();
  probe.due = now + probe.check.delay;
  const bool fails = ++probe.unanswered > probe.check.max_retries;
  return fails && !std::exchange(probe.fails, true);
}

std::optional<Instant> HealthChecks::next_timer() const {
  std::optional<Instant> next;
  for (const auto& [key, probe] : probes_) next = earliest(next, probe.due);
  return next;
}

}  // namespace tflab::agent
