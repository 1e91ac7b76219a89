// What a VM is told when it solicits an IPv6 neighbour.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class VmNeighbour : public Node {
protected:
  dsl::Pkt solicit(const std::string& target, const std::string& src = "fd00::1") const {
    return pkt()
        .eth("33:33:ff:00:00:02", vm1_mac)
        .ip6(src, "ff02::1:ff00:2")
        .ttl(255)
        .solicit(target);
  }
  Frame advert(const std::string& target, const std::string& to) const {
    return pkt().eth(vm1_mac, vr_mac).ip6(target, to).ttl(255).advertise(target, vr_mac);
  }
};

TEST_F(VmNeighbour, everything_that_is_routed_is_behind_the_vrouter) {
  for (const std::string target : {"fd00::2", "fd00::10"}) {
    const Frame in = solicit(target);
    node.receives(vm1, in);
    const Frame out = advert(target, "fd00::1");
    EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
    EXPECT_EQ(node.moved(), Moves().rx(vm1, in).tx(vm1, out).vrf(red, "arp_virtual_proxies"));
  }
}

TEST_F(VmNeighbour, the_answer_is_longer_than_the_question_and_needs_room) {
  const Frame in = solicit("fd00::2");
  node.receives(vm1, in, 7);
  EXPECT_EQ(node.moved(), Moves().rx(vm1, in).drop(vm1, Drop::push));
  node.receives(vm1, in, 8);
  EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, advert("fd00::2", "fd00::1"))));
}

TEST_F(VmNeighbour, the_gateways_link_local_address_is_the_vrouters) {
  node.receives(vm1, solicit("fe80::200:5eff:fe00:100", "fe80::aa:ff:fe00:1"));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(vm1, advert("fe80::200:5eff:fe00:100", "fe80::aa:ff:fe00:1"))));
}

TEST_F(VmNeighbour, others_are_not_answered_for) {
  expect_drop(vm1, solicit("fe80::77"), Drop::invalid_arp);
  expect_drop(vm1, solicit("fd00::77"), Drop::invalid_arp);
  expect_drop(vm1, solicit("fd00::1"), Drop::invalid_arp);
}

TEST_F(VmNeighbour, duplicate_address_detection_meets_silence) {
  expect_drop(vm1, solicit("fd00::2", "::"), Drop::invalid_arp);
}

TEST_F(VmNeighbour, a_solicitation_must_be_sound) {
  expect_drop(vm1, solicit("fd00::2").checksum(1), Drop::cksum_err);
  expect_drop(vm1, solicit("ff02::1"), Drop::invalid_packet);
  const Frame routed =
      pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::2").ttl(254).solicit("fd00::2");
  expect_drop(vm1, routed, Drop::invalid_packet);
}

TEST_F(VmNeighbour, what_is_no_solicitation_has_no_bridge_to_cross) {
  const Frame report = pkt().eth("33:33:00:00:00:16", vm1_mac).ip6("fe80::1", "ff02::16").udp(1, 2);
  expect_drop(vm1, report, Drop::l2_no_route);
  // Shorter than it says, it is none either.
  expect_drop(vm1, solicit("fd00::2").frame().cut(70), Drop::l2_no_route);
}

}  // namespace
}  // namespace tflab::vr
