#include "vrouter-core/pipeline/neighbour.h"

#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/wire/neighbour.h"

namespace tflab::vr {

namespace {

using wire::Ipv6;
using wire::NeighbourAdvertisement;
using wire::NeighbourSolicitation;

struct Question {
  Ipv6 ip;
  Bytes body;  // ICMPv6

  bool is_solicitation() const {
    return !body.empty() && static_cast<std::uint8_t>(body[0]) == NeighbourSolicitation::type;
  }
  // RFC 4861 section 7.1.1: hop limit 255 proves that no router carried it here.
  bool from_this_link() const { return ip.hop_limit == 255; }
  bool sound() const { return checksum(body, ip.pseudo_sum(ip.payload_length)) == 0; }
};

Question read_question(Bytes packet) {
  Reader in{packet};
  Question question{Ipv6::read(in), {}};
  if (in.ok() && question.ip.next_header == wire::Protocol::icmpv6) {
    question.body = in.take(question.ip.payload_length);
  }
  return question;
}

// Who has `target`; a stitched answer is the machine's, which is no router. False: there is no
// room.
bool put_answer(Packet& p, const Ipv6& asked, const Ip6& target, const Treatment& answer) {
  constexpr std::size_t size = wire::Ethernet::size + Ipv6::size + NeighbourAdvertisement::size;
  const auto room = p.reshape(size);
  if (room.empty()) return false;
  const Ipv6 ip{NeighbourAdvertisement::size, wire::Protocol::icmpv6, 255, target, asked.src};
  Writer out{room};
  wire::Ethernet{p.meta.eth.src, answer.mac, wire::EtherType::ipv6}.write(out);
  ip.write(out);
  NeighbourAdvertisement{target, answer.mac, !answer.stitched}.write(out, ip);
  return true;
}

Verdict advertised(Packet& p, const Tables& t, const Ipv6& asked, const Ip6& target,
                   const Treatment& answer) {
  if (!put_answer(p, asked, target, answer)) return dropped(p, Drop::push);
  count_treatment(p, t, answer);
  return transmitted(p, p.meta.in);
}

}  // namespace

Verdict NeighbourFromVm::treated(Packet& p, const Tables& t) {
  if (only_bridges(t.vif(p.meta.in)->set)) return Verdict::next;
  const Question question = read_question(p.bytes());
  if (!question.is_solicitation()) return Verdict::next;
  if (!question.from_this_link()) return dropped(p, Drop::invalid_packet);
  if (!question.sound()) return dropped(p, Drop::cksum_err);
  Reader in{question.body};
  const auto ask = NeighbourSolicitation::read(in);
  if (!in.ok() || wire::multicast(ask.target)) return dropped(p, Drop::invalid_packet);
  // From the unspecified address it is duplicate address detection (RFC 4862 section 5.4): an
  // answer would take the address away from the VM.
  if (question.ip.src == Ip6{}) return dropped(p, Drop::invalid_arp);

  const Mac mac = t.vif(p.meta.in)->set.mac;
  if (ask.target == wire::link_local_of(mac)) {
    return advertised(p, t, question.ip, ask.target, {Treatment::answer, mac});
  }
  const Treatment treated = treatment(p, t, ask.target);
  switch (treated.how) {
    case Treatment::answer:
      return advertised(p, t, question.ip, ask.target, treated);
    case Treatment::trap:
      return punted_as_received(p, Trap::arp);
    case Treatment::flood:
      count_treatment(p, t, treated);
      return Verdict::next;
    case Treatment::ignore:
      break;
  }
  return dropped(p, Drop::invalid_arp);
}

Verdict NeighbourFromTunnel::treated(Packet& p, const Tables& t) {
  const Question question = read_question(Bytes{p.bytes()}.subspan(wire::Ethernet::size));
  if (!question.is_solicitation() || !question.from_this_link() || !question.sound())
    return Verdict::next;
  Reader in{question.body};
  const auto ask = NeighbourSolicitation::read(in);
  if (!in.ok() || wire::multicast(ask.target) || question.ip.src == Ip6{}) return Verdict::next;
  const Treatment treated = tunnelled_treatment(p, t, ask.target);
  if (treated.how == Treatment::ignore) return dropped(p, Drop::invalid_arp);
  count_treatment(p, t, treated);
  if (treated.how == Treatment::flood) return Verdict::next;
  return put_answer(p, question.ip, ask.target, treated) ? bridged_back(p, treated.mac)
                                                         : dropped(p, Drop::push);
}

}  // namespace tflab::vr
