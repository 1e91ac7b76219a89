#include "vrouter-core/pipeline/arp.h"

#include <optional>

#include "vrouter-core/pipeline/cross_connect.h"
#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/wire/arp.h"

namespace tflab::vr {

namespace {

using wire::Arp;

std::optional<Arp> read_arp(Bytes behind_ethernet) {
  Reader in{behind_ethernet};
  const Arp arp = Arp::read(in);
  return in.ok() ? std::optional{arp} : std::nullopt;
}

// `ask.target` is at `mac`. False: there is no room.
bool put_answer(Packet& p, const Arp& ask, const Mac& mac) {
  const auto room = p.reshape(wire::Ethernet::size + Arp::size);
  if (room.empty()) return false;
  Writer out{room};
  wire::Ethernet{ask.sender_mac, mac, wire::EtherType::arp}.write(out);
  Arp{Arp::Op::reply, mac, ask.target, ask.sender_mac, ask.sender}.write(out);
  return true;
}

// Out of the interface the question came from.
Verdict answered(Packet& p, const Tables& t, const Arp& ask, const Treatment& answer) {
  if (!put_answer(p, ask, answer.mac)) return dropped(p, Drop::push);
  count_treatment(p, t, answer);
  return transmitted(p, p.meta.in);
}

// A request of somebody outside for a VM that is native here. Its own announcement is no question.
const Forward* asked_native_vm(const Packet& p, const Tables& t, const std::optional<Arp>& arp) {
  if (!arp || arp->op != Arp::Op::request || arp->announcement()) return nullptr;
  return t.native_vm(p.meta.vrf, arp->target);
}

}  // namespace

Verdict ArpFromVm::treated(Packet& p, const Tables& t) {
  if (p.size() < Arp::size) return dropped(p, Drop::pull);
  const SetVif& vif = t.vif(p.meta.in)->set;
  if (only_bridges(vif)) return Verdict::next;
  const auto arp = read_arp(p.bytes());
  const bool question = arp && arp->op == Arp::Op::request && !arp->announcement();
  // Between two machines, one of which has heard a flooded question.
  const bool to_another =
      arp && arp->op == Arp::Op::reply && p.meta.eth.dst != vif.mac && !p.meta.eth.dst.multicast();
  if (to_another && (vif.flags & vif_l2) != 0) return Verdict::next;
  // Somebody has an address now: the agent tells the others.
  if (arp && arp->announcement() && !arp->probe()) return punted_as_received(p, Trap::arp);
  if (!question || arp->probe()) return dropped(p, Drop::invalid_arp);
  const Treatment treated = treatment(p, t, arp->target);
  switch (treated.how) {
    case Treatment::answer:
      return answered(p, t, *arp, treated);
    case Treatment::trap:
      return punted_as_received(p, Trap::arp);
    case Treatment::flood:
      count_treatment(p, t, treated);
      return Verdict::next;  // to be bridged
    case Treatment::ignore:
      break;
  }
  return dropped(p, Drop::invalid_arp);
}

Verdict ArpFromFabric::run(Packet& p, const Tables& t) {
  if (p.meta.eth.type != wire::EtherType::arp) return Verdict::next;
  const auto arp = read_arp(p.bytes());
  if (asked_native_vm(p, t, arp) != nullptr) {
    return answered(p, t, *arp, {Treatment::answer, t.vif(p.meta.in)->set.mac});
  }
  const bool reply = arp && arp->op == Arp::Op::reply;
  if (!reply) return cross_connected(p, t);
  // Without a host interface the agent still learns its neighbours.
  if (!t.host) return punted_as_received(p, Trap::arp);
  p.meta.trap = Trap::arp;
  cross_connected(p, t);
  return Verdict::transmit_and_punt;
}

Verdict ArpFromTunnel::treated(Packet& p, const Tables& t) {
  const auto arp = read_arp(Bytes{p.bytes()}.subspan(wire::Ethernet::size));
  if (!arp || arp->op != Arp::Op::request || arp->announcement()) return Verdict::next;
  const Treatment treated = tunnelled_treatment(p, t, arp->target);
  if (treated.how == Treatment::ignore) return dropped(p, Drop::invalid_arp);
  count_treatment(p, t, treated);
  if (treated.how == Treatment::flood) return Verdict::next;
  return put_answer(p, *arp, treated.mac) ? bridged_back(p, treated.mac) : dropped(p, Drop::push);
}

Verdict ArpFromHost::run(Packet& p, const Tables& t) {
  if (p.meta.eth.type != wire::EtherType::arp) return Verdict::next;
  const auto arp = read_arp(p.bytes());
  const Forward* vm = asked_native_vm(p, t, arp);
  if (vm == nullptr) return cross_connected(p, t);
  return answered(p, t, *arp, {Treatment::answer, t.vif(vm->out)->set.mac});
}

}  // namespace tflab::vr
