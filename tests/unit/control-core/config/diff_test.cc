#include "control-core/config/diff.h"

#include <gtest/gtest.h>

namespace tflab::config {
namespace {

ControlNode node() {
  ControlNode out;
  out.name = "c";
  out.router_id = Ip4{1};
  Network network;
  network.name = "d:p:a";
  network.instance = 1;
  out.fabric.networks = {network};
  BgpPeer peer;
  peer.name = "mx";
  out.peers = {peer};
  return out;
}

TEST(Diff, of_equal_configurations_is_nothing) {
  EXPECT_TRUE(diff(node(), node()).empty());
}

TEST(Diff, names_what_came_what_went_and_what_changed) {
  ControlNode next = node();
  Network other = next.fabric.networks[0];
  other.name = "d:p:b";
  other.instance = 2;
  next.fabric.networks.push_back(other);
  auto changes = diff(node(), next);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<InstanceAdded>(changes[0]).now.name, "d:p:b:b");

  changes = diff(next, node());
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<InstanceRemoved>(changes[0]).name, "d:p:b:b");

  next = node();
  next.fabric.networks[0].targets = {RouteTarget::as2(1, 1)};
  changes = diff(node(), next);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<InstanceChanged>(changes[0]).now.exports.size(), 1u);

  next = node();
  next.peers[0].hold = seconds(30);
  changes = diff(node(), next);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<PeerChanged>(changes[0]).now.hold, seconds(30));

  next.peers.clear();
  changes = diff(node(), next);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<PeerRemoved>(changes[0]).name, "mx");
}

TEST(Diff, does_not_see_what_a_control_node_has_no_use_for) {
  ControlNode next = node();
  next.fabric.networks[0].rpf = false;
  next.fabric.networks[0].provider_network = "x";
  EXPECT_TRUE(diff(node(), next).empty());
}

TEST(Diff, puts_another_identity_first) {
  ControlNode next = node();
  next.router_id = Ip4{2};
  next.peers.clear();
  EXPECT_TRUE(std::holds_alternative<IdentityChanged>(diff(node(), next).front()));
}

}  // namespace
}  // namespace tflab::config
