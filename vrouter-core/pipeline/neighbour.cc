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

Question read_question(const Packet& p) {
  Reader in{p.bytes()};
  Question question{Ipv6::read(in), {}};
  if (in.ok() && question.ip.next_header == wire::Protocol::icmpv6) {
    question.body = in.take(question.ip.payload_length);
  }
  return question;
}

Verdict advertised(Packet& p, Tables& t, const Ipv6& asked, const Ip6& target, const Mac& mac) {
  constexpr std::size_t size = wire::Ethernet::size + Ipv6::size + NeighbourAdvertisement::size;
  const auto room = p.reshape(size);
  if (room.empty()) return dropped(p, Drop::push);
  const Ipv6 ip{NeighbourAdvertisement::size, wire::Protocol::icmpv6, 255, target, asked.src};
  Writer out{room};
  wire::Ethernet{p.meta.eth.src, mac, wire::EtherType::ipv6}.write(out);
  ip.write(out);
  NeighbourAdvertisement{target, mac}.write(out, ip);
  count_proxy(p, t);
  return transmitted(p, p.meta.in);
}

}  // namespace

Verdict NeighbourFromVm::treated(Packet& p, Tables& t) {
  if (only_bridges(t.vif(p.meta.in)->set)) return Verdict::next;
  const Question question = read_question(p);
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
    return advertised(p, t, question.ip, ask.target, mac);
  }
  switch (treatment(p, t, ask.target)) {
    case Treatment::answer:
      return advertised(p, t, question.ip, ask.target, mac);
    case Treatment::trap:
      return punted_as_received(p, Trap::arp);
    case Treatment::flood:
      count_flood(p, t);
      return Verdict::next;
    case Treatment::ignore:
      break;
  }
  return dropped(p, Drop::invalid_arp);
}

}  // namespace tflab::vr
