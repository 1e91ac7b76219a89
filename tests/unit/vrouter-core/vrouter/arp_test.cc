// What a VM is told when it asks who has an IPv4 address.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class VmArp : public Node {
protected:
  Frame asks(const std::string& target, const std::string& sender) const {
    return pkt().eth(broadcast, vm1_mac).arp_request(vm1_mac, sender, target);
  }
  Frame asks(const std::string& target) const { return asks(target, vm1_ip); }
};

TEST_F(VmArp, everything_that_is_routed_is_behind_the_vrouter) {
  for (const auto& target : {vm2_ip, remote_ip, outside_ip, std::string{"10.47.255.254"}}) {
    node.receives(vm1, asks(target));
    const Frame out = pkt().eth(vm1_mac, vr_mac).arp_reply(vr_mac, target, vm1_mac, vm1_ip);
    EXPECT_THAT(node.sent(), ElementsAre(sent(vm1, out)));
    EXPECT_EQ(node.moved(),
              Moves().rx(vm1, asks(target)).tx(vm1, out).vrf(red, "arp_virtual_proxies"));
  }
}

TEST_F(VmArp, a_unicast_question_is_answered_too) {
  node.receives(vm1, pkt().eth(vr_mac, vm1_mac).arp_request(vm1_mac, vm1_ip, vm2_ip));
  EXPECT_THAT(node.sent(),
              ElementsAre(sent(
                  vm1, pkt().eth(vm1_mac, vr_mac).arp_reply(vr_mac, vm2_ip, vm1_mac, vm1_ip))));
}

TEST_F(VmArp, without_a_route_there_is_no_answer) {
  const Frame in = pkt().eth(broadcast, vm3_mac).arp_request(vm3_mac, vm3_ip, "10.9.9.9");
  expect_drop(vm3, in, Drop::invalid_arp);
}

TEST_F(VmArp, the_vms_own_address_is_never_claimed) {
  expect_drop(vm1, asks(vm1_ip, vm2_ip), Drop::invalid_arp);
  expect_drop(vm1, asks(vm1_ip, "0.0.0.0"), Drop::invalid_arp);
  // An address beside its first one, known only by the route.
  route(red, "10.47.255.100/32", to_vm1, 25);
  expect_drop(vm1, asks("10.47.255.100"), Drop::invalid_arp);
  // And none at all while it probes: a default route would make every address taken.
  expect_drop(vm1, asks("10.47.255.200", "0.0.0.0"), Drop::invalid_arp);
}

TEST_F(VmArp, the_vms_own_address_is_not_claimed_while_its_route_is_still_to_come) {
  node.must(DeleteRoute{red, dsl::prefix(vm1_ip + "/32")});
  expect_drop(vm1, asks(vm1_ip, "10.47.255.1"), Drop::invalid_arp);
}

TEST_F(VmArp, an_announcement_is_the_agents) {
  for (const std::string& address : {vm1_ip, vm2_ip}) {
    node.receives(vm1, asks(address, address));
    EXPECT_THAT(node.sent(), IsEmpty());
    EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::arp, vm1, red, asks(address, address))));
    EXPECT_EQ(node.moved(), Moves().rx(vm1, asks(address, address)));
  }
  // A reply that nobody asked for announces as well (RFC 5227 section 3).
  const Frame reply = pkt().eth(broadcast, vm1_mac).arp_reply(vm1_mac, vm1_ip, vm1_mac, vm1_ip);
  node.receives(vm1, reply);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::arp, vm1, red, reply)));
  node.moved();
  // Nobody has no address.
  expect_drop(vm1, asks("0.0.0.0", "0.0.0.0"), Drop::invalid_arp);
}

TEST_F(VmArp, a_route_can_leave_the_answer_to_the_agent) {
  node.must(SetRoute{red, dsl::prefix("10.47.255.253/32"), to_host, Label{}, route_arp_trap});
  node.receives(vm1, asks("10.47.255.253"));
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::arp, vm1, red, asks("10.47.255.253"))));
  EXPECT_EQ(node.moved(), Moves().rx(vm1, asks("10.47.255.253")));
}

TEST_F(VmArp, other_arp_is_invalid) {
  const Frame reply = pkt().eth(vr_mac, vm1_mac).arp_reply(vm1_mac, vm1_ip, vr_mac, vm2_ip);
  expect_drop(vm1, reply, Drop::invalid_arp);
  for (std::size_t at : {14, 16, 18, 19, 21}) {  // hardware, protocol, their lengths, operation
    expect_drop(vm1, asks(vm2_ip).with(at, 0x77), Drop::invalid_arp);
  }
}

TEST_F(VmArp, no_truncation_is_answered) {
  for (std::size_t n = 0; n < 42; ++n) expect_drop(vm1, asks(vm2_ip).cut(n), Drop::pull);
}

}  // namespace
}  // namespace tflab::vr
