// The forwarding core: operations and frames as the input mixes them. Every frame is sent, punted
// or counted as dropped, and the tables told as operations build equal tables.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "tests/fuzz/target.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {
namespace {

constexpr Limits small{8, 4, 16, 32, 16};

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

Op op_from(Reader& in) {
  const VrfId vrf{static_cast<std::uint16_t>(in.u8() % 5)};
  const VifId vif{static_cast<std::uint16_t>(in.u8() % 9)};
  const NexthopId nexthop{in.u8() % 17u};
  const Label label{in.u8() % 33u};
  switch (in.u8() % 10) {
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
    case 4: {
      const auto type = static_cast<NexthopType>(in.u8() % 10);
      const std::uint32_t flags = in.be32() & 0xff;
      const Mac to = mac_of(in.u8());
      const Ip4 from = address_of(in);
      return SetNexthop{nexthop, type, flags, vrf, vif, to, mac_of(1), from, address_of(in)};
    }
    case 5:
      return DeleteNexthop{nexthop};
    case 6:
      return SetRoute{vrf, prefix_of(in), nexthop, label, static_cast<std::uint16_t>(in.u8() & 15)};
    case 7:
      return DeleteRoute{vrf, prefix_of(in)};
    case 8:
      return BindLabel{label, nexthop};
    default:
      return UnbindLabel{label};
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
