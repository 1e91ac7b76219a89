// What does not fit: told, cut, or prevented.

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {
namespace {

class Size : public Node {
protected:
  void SetUp() override {
    Node::SetUp();
    mtu(eth0, VifType::physical, fabric, node_mac, 1500);
  }
  void mtu(VifId id, VifType type, VrfId vrf, const std::string& mac, std::uint16_t size) {
    node.must(SetVif{.vif = id, .type = type, .vrf = vrf, .mtu = size, .mac = dsl::mac(mac)});
  }
  dsl::Pkt udp_to(const std::string& dst, std::size_t payload, int fragment = 0) const {
    return pkt()
        .eth(vr_mac, vm1_mac)
        .ip4(vm1_ip, dst)
        .fragment(fragment)
        .udp(1, 2)
        .payload(payload);
  }
  // The IP packets inside what was sent by GRE, after a look at their size.
  std::vector<dsl::Octets> inside() {
    std::vector<dsl::Octets> all;
    for (const Sent& sent : node.sent()) {
      EXPECT_LE(sent.frame.size(), 14u + 1500u);
      all.emplace_back(sent.frame.octets.begin() + 42, sent.frame.octets.end());
    }
    return all;
  }
};

// 1500 less outer IPv4, GRE and label: 1472.
constexpr std::size_t fits = 1500 - 28;

TEST_F(Size, K26_what_must_not_be_cut_goes_to_the_agent) {
  const Frame just = udp_to(remote_gre_ip, fits - 28, 0x4000);
  node.receives(vm1, just);
  EXPECT_EQ(node.sent().size(), 1u);
  const Frame in = udp_to(remote_gre_ip, fits - 27, 0x4000);
  node.receives(vm1, in);
  EXPECT_THAT(node.sent(), IsEmpty());
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::handle_df, vm1, red, in)));
  const Frame six = pkt().eth(vr_mac, vm1_mac).ip6("fd00::1", "fd00::10").udp(1, 2).payload(1500);
  node.receives(vm1, six);
  EXPECT_THAT(node.punted(), ElementsAre(punted(Trap::handle_df, vm1, red, six)));
}

TEST_F(Size, K26_what_may_be_cut_leaves_in_pieces_that_make_the_whole) {
  const Frame in = udp_to(remote_gre_ip, 4000);
  node.receives(vm1, in);
  const auto pieces = inside();
  ASSERT_EQ(pieces.size(), 3u);
  dsl::Octets whole;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const dsl::Octets& piece = pieces[i];
    const int field = static_cast<int>(piece[6]) << 8 | static_cast<int>(piece[7]);
    EXPECT_EQ((field & 0x1fff) * 8, static_cast<int>(whole.size()));
    EXPECT_EQ((field & 0x2000) != 0, i + 1 < pieces.size());
    EXPECT_EQ(static_cast<int>(piece[8]), 63);
    EXPECT_EQ(dsl::internet_checksum(dsl::Octets(piece.begin(), piece.begin() + 20)), 0);
    EXPECT_EQ(static_cast<std::size_t>(piece[2]) << 8 | static_cast<std::size_t>(piece[3]),
              piece.size());
    whole.insert(whole.end(), piece.begin() + 20, piece.end());
  }
  EXPECT_EQ(whole, dsl::Octets(in.octets.begin() + 34, in.octets.end()));
  Moves moves;
  moves.rx(vm1, in).add("copies", 2);
  for (const Sent& sent : node.sent()) moves.tx(eth0, sent.frame).vrf(red, "gre_mpls_tunnels");
  EXPECT_EQ(node.moved(), moves);
}

TEST_F(Size, a_piece_that_is_cut_again_keeps_its_place) {
  node.receives(vm1, udp_to(remote_gre_ip, 2000, 0x2000 | 100));
  const auto pieces = inside();
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(static_cast<int>(pieces[0][6]) << 8 | static_cast<int>(pieces[0][7]), 0x2000 | 100);
  EXPECT_EQ(static_cast<int>(pieces[1][6]) << 8 | static_cast<int>(pieces[1][7]),
            0x2000 | (100 + (fits - 20) / 8));
}

TEST_F(Size, where_not_even_a_piece_fits_it_is_dropped) {
  mtu(eth0, VifType::physical, fabric, node_mac, 50);
  expect_drop(vm1, udp_to(remote_gre_ip, 200), Drop::push);
}

TEST_F(Size, a_machines_interface_has_a_size_too) {
  node.must(SetVif{.vif = vm2,
                   .type = VifType::virt,
                   .flags = vif_l3,
                   .vrf = red,
                   .mtu = 576,
                   .mac = dsl::mac(vr_mac),
                   .address = dsl::ip4(vm2_ip)});
  node.receives(vm1, udp_to(vm2_ip, 1000));
  EXPECT_EQ(node.sent().size(), 2u);
  node.receives(vm1, udp_to(vm2_ip, 1000, 0x4000));
  EXPECT_EQ(node.punted().size(), 1u);
}

// A SYN with an option in front, so that the size stands at an even or an odd place.
Frame syn(const Frame& ip_in_front, std::size_t padding, std::uint16_t offered) {
  dsl::Octets o;
  dsl::put(o, 1, 2), dsl::put(o, 2, 2), dsl::put(o, 0, 8), dsl::put(o, 0x7002, 2);
  dsl::put(o, 0xffff, 2), dsl::put(o, 0, 4);
  for (std::size_t i = 0; i < padding; ++i) dsl::put(o, 1, 1);
  dsl::put(o, 0x0204, 2), dsl::put(o, offered, 2);
  while (o.size() < 28) dsl::put(o, 1, 1);
  dsl::Octets pseudo(ip_in_front.octets.begin() + 12, ip_in_front.octets.begin() + 20);
  dsl::put(pseudo, 6, 2), dsl::put(pseudo, o.size(), 2);
  dsl::put(pseudo, o);
  dsl::put_at(o, 16, dsl::internet_checksum(pseudo));
  return {o};
}

TEST_F(Size, a_syn_offers_no_more_than_fits) {
  for (std::size_t padding : {0u, 1u, 4u}) {
    for (std::uint16_t offered : {1460, 1000}) {
      const Frame front = pkt().ip4(vm1_ip, remote_gre_ip);
      const Frame segment = syn(front, padding, offered);
      node.receives(vm1,
                    pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, remote_gre_ip).type(6).inner(segment));
      const auto packets = inside();
      ASSERT_EQ(packets.size(), 1u);
      const dsl::Octets tcp(packets[0].begin() + 20, packets[0].end());
      const Frame wanted = syn(front, padding, offered == 1000 ? 1000 : fits - 40);
      EXPECT_EQ(tcp, wanted.octets) << "padding " << padding << " offered " << offered;
    }
  }
}

TEST_F(Size, options_that_make_no_sense_are_left_alone) {
  for (int length : {0, 1, 9, 40}) {
    dsl::Octets o;
    dsl::put(o, 1, 2), dsl::put(o, 2, 2), dsl::put(o, 0, 8), dsl::put(o, 0x6002, 2),
        dsl::put(o, 0, 6);
    dsl::put(o, 2, 1), dsl::put(o, static_cast<std::uint64_t>(length), 1), dsl::put(o, 0xffff, 2);
    node.receives(vm1, pkt().eth(vr_mac, vm1_mac).ip4(vm1_ip, remote_gre_ip).type(6).inner({o}));
    ASSERT_EQ(node.sent().size(), 1u);
    const dsl::Octets packet = inside()[0];
    EXPECT_EQ(dsl::Octets(packet.begin() + 20, packet.end()), o);
  }
}

}  // namespace
}  // namespace tflab::vr
