// The forwarding core: operations and frames as the input mixes them. Every frame is sent, punted
// or counted as dropped, and the tables told as operations build equal tables.
#include <algorithm>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {
namespace {

constexpr Limits small{.vifs = 8,
                       .vrfs = 4,
                       .nexthops = 16,
                       .labels = 32,
                       .routes4 = 64,
                       .routes6 = 64,
                       .macs = 32,
                       .vnis = 16,
                       .member_groups = 8,
                       .held_flows = 8};
constexpr VifType vif_types[] = {VifType::host, VifType::agent,        VifType::physical,
                                 VifType::virt, VifType::virtual_vlan, VifType::monitoring};

struct alignas(64) Line {
  std::byte octets[64]{};
};

class Quiet : public Host {
public:
  void transmit(VifId, std::span<const std::byte>) override {}
  void punt(Trap, VifId, VrfId, std::span<const std::byte>) override {}
};

Mac mac_of(std::uint8_t last) {
  return Mac{{2, 0, 0, 0, 0, last}};
}
// Few values, so that operations and frames meet.
Ip4 address_of(Reader& in) {
  return Ip4{0x0a000000u + in.u8() % 16};
}
IpPrefix prefix_of(Reader& in) {
  const Ip4 base = address_of(in);
  return {base, static_cast<std::uint8_t>(24 + in.u8() % 9)};
}

SetVif vif_from(Reader& in, VifId vif, VrfId vrf) {
  SetVif op;
  op.vif = vif;
  op.vrf = vrf;
  op.type = vif_types[in.u8() % std::size(vif_types)];
  op.flags = in.be32() & 0x3ff;
  op.mtu = in.be16();
  op.mac = mac_of(in.u8());
  op.address = address_of(in);
  return op;
}

SetNexthop nexthop_from(Reader& in, NexthopId nexthop, VrfId vrf, VifId out) {
  SetNexthop op;
  op.nexthop = nexthop;
  op.vrf = vrf;
  op.out = out;
  op.type = static_cast<NexthopType>(in.u8() % 9);
  op.flags = in.be32() & 0xff;
  op.dst = mac_of(in.u8());
  op.src = mac_of(1);
  op.sip = address_of(in);
  op.dip = address_of(in);
  return op;
}

SetRoute route_from(Reader& in, VrfId vrf, NexthopId nexthop, Label label) {
  SetRoute op;
  op.vrf = vrf;
  op.prefix = prefix_of(in);
  op.nexthop = nexthop;
  op.label = label;
  op.flags = in.u8() & 15;
  return op;
}

SetMember member_from(Reader& in, NexthopId composite) {
  SetMember op;
  op.composite = composite;
  op.index = in.u8() % 4;
  op.member = NexthopId{in.u8() % 17u};
  op.number = in.u8();
  return op;
}

SetMac mac_from(Reader& in, VrfId vrf, NexthopId nexthop, Label label) {
  SetMac op;
  op.vrf = vrf;
  op.mac = mac_of(in.u8());
  op.nexthop = nexthop;
  op.label = label;
  return op;
}

Op op_from(Reader& in) {
  const VrfId vrf{static_cast<std::uint16_t>(in.u8() % 5)};
  const VifId vif{static_cast<std::uint16_t>(in.u8() % 9)};
  const NexthopId nexthop{in.u8() % 17u};
  const Label label{in.u8() % 33u};
  switch (in.u8() % 13) {
    case 0:
      return SetVrf{vrf};
    case 1:
      return DeleteVrf{vrf};
    case 2:
      return SetVif{vif,
                    static_cast<VifType>(in.u8() % 5),
                    in.be32() & 0x3ff,
                    vrf,
                    in.be16(),
                    mac_of(in.u8()),
                    address_of(in)};
    case 3:
      return DeleteVif{vif};
    case 4:
      return nexthop_from(in, nexthop, vrf, vif);
    case 5:
      return DeleteNexthop{nexthop};
    case 6:
      return route_from(in, vrf, nexthop, label);
    case 7:
      return DeleteRoute{vrf, prefix_of(in)};
    case 8:
      return BindLabel{label, nexthop};
    case 9:
      return UnbindLabel{label};
    case 10:
      return member_from(in, nexthop);
    case 11:
      return mac_from(in, vrf, nexthop, label);
    default:
      return BindVni{Vni{in.u8() % 17u}, nexthop};
  }
}

class Build : public OpSink {
public:
  explicit Build(Vrouter& to) : to_{to} {}
  void take(const Op& op) override { fuzz::promise(to_.apply(op) == Result::done); }

private:
  Vrouter& to_;
};

struct Core {
  Quiet host;
  std::vector<Line> memory = std::vector<Line>(Vrouter::memory_needed(small) / sizeof(Line) + 1);
  Vrouter vrouter{std::as_writable_bytes(std::span{memory}), small, host};
};

void frame_from(Reader& in, Vrouter& to) {
  const VifId vif{static_cast<std::uint16_t>(in.u8() % 9)};
  const std::size_t headroom = in.u8() % 80;
  const Bytes frame = in.take(std::min<std::size_t>(in.be16() % 512, in.left()));
  std::vector<std::byte> buffer(headroom);
  buffer.insert(buffer.end(), frame.begin(), frame.end());
  to.on_frame({}, vif, buffer, headroom);
}

}  // namespace
}  // namespace tflab::vr

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  Reader in{fuzz::octets(data, size)};
  vr::Core core;
  while (in.left() > 0) {
    if (in.u8() % 4 == 0)
      vr::frame_from(in, core.vrouter);
    else
      core.vrouter.apply(vr::op_from(in));
  }
  vr::Core again;
  vr::Build build{again.vrouter};
  core.vrouter.snapshot(build);
  return 0;
}
