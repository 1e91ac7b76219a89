#include "netns-lab/host/kmod.h"

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "netns-lab/kernel/protocol.h"
#include "vrouter-core/ops/octets.h"

namespace tflab::netns {
namespace {

using Order = Genetlink::Command;
using Attribute = Genetlink::Attribute;

constexpr std::size_t burst = 64;  // traps, then somebody else's turn
// An agent that hears nothing of its control nodes counts in the end; one that has heard all still
// asks neighbours for their MACs.
constexpr auto patience = std::chrono::seconds{60}, afterwards = std::chrono::seconds{1};
constexpr int trap_room = 4 * 1024 * 1024;  // beyond it they are lost, as on a full pkt0

Genetlink dial() {
  try {
    return Genetlink{TFLAB_FAMILY};
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) throw;
    fail("forward in the kernel: the module vrouter.ko is not loaded", ENOENT);
  }
}

std::uint16_t number(Bytes octets) {
  std::uint16_t value = 0;
  if (octets.size() == sizeof value) std::memcpy(&value, octets.data(), sizeof value);
  return value;
}

// Records of two values each.
template <class Key, class Counters, class Row>
void read_rows(Bytes octets, std::vector<Row>& rows) {
  Reader in{octets};
  while (in.left() > 0) {
    Key key{};
    Counters counters{};
    vr::read(in, key);
    vr::read(in, counters);
    if (in.ok()) rows.push_back({key, counters});
  }
}

void take(const Attribute& one, agent::Datapath& into) {
  Reader in{one.value};
  switch (one.type) {
    case TFLAB_OPS:
      while (in.left() > 0)
        if (const auto op = vr::read_op(in)) into.tables.push_back(*op);
      break;
    case TFLAB_DROPS:
      vr::read(in, into.drops);
      break;
    case TFLAB_VIFS:
      read_rows<VifId, vr::VifCounters>(one.value, into.vifs);
      break;
    case TFLAB_VRFS:
      read_rows<VrfId, vr::VrfCounters>(one.value, into.vrfs);
      break;
    case TFLAB_FLOWS:
      read_rows<vr::FlowKey, vr::FlowCounters>(one.value, into.flows);
      break;
    default:
      break;
  }
}

}  // namespace

Kmod::Kmod(boost::asio::io_context& io, const Clock& clock, ForwarderOwner& owner)
    : clock_{clock},
      owner_{owner},
      control_{dial()},
      traps_{dial()},
      waiter_{io, traps_.fd()},
      take_over_{io} {
  ::setsockopt(traps_.fd(), SOL_SOCKET, SO_RCVBUFFORCE, &trap_room, sizeof trap_room);
  control_.call(Order{TFLAB_OPEN});
  traps_.call(Order{TFLAB_LISTEN});
  take_over_after(patience);
  wait();
}

// A module that is already gone has nothing left to take away.
Kmod::~Kmod() {
  waiter_.release();
  try {
    control_.call(Order{TFLAB_CLOSE});
  } catch (const std::system_error&) {
  }
}

void Kmod::apply(const vr::Op& op) {
  std::array<std::byte, vr::longest_op> room;
  Writer out{room};
  vr::write(out, op);
  const auto octets = out.written();
  if (octets_.size() + octets.size() > TFLAB_MOST_OPS) settle();
  octets_.insert(octets_.end(), octets.begin(), octets.end());
  pending_.push_back(op);
}

void Kmod::settle() {
  if (pending_.empty()) return;
  const std::vector<vr::Op> ops = std::exchange(pending_, {});
  const std::vector<std::byte> octets = std::exchange(octets_, {});
  std::vector<std::byte> results;
  control_.call(Order{TFLAB_APPLY}.octets(TFLAB_OPS, octets), [&](const Attribute& one) {
    if (one.type == TFLAB_RESULTS) results.assign(one.value.begin(), one.value.end());
  });
  for (std::size_t i = 0; i < ops.size() && i < results.size(); ++i) {
    const auto result = static_cast<vr::Result>(results[i]);
    if (result != vr::Result::done) owner_.refused(ops[i], result);
  }
}

void Kmod::complete() {
  if (!std::exchange(complete_, true)) take_over_after(afterwards);
}

void Kmod::take_over_after(std::chrono::steady_clock::duration time) {
  take_over_.expires_after(time);
  take_over_.async_wait([this](const boost::system::error_code& error) {
    if (!error) call(Order{TFLAB_TAKE_OVER});
  });
}

void Kmod::call(const Order& command) {
  settle();
  control_.call(command);
}

void Kmod::attach(VifId vif, const std::string& device) {
  call(Order{TFLAB_ATTACH}.u16(TFLAB_VIF, vif.raw()).text(TFLAB_DEVICE, device));
}
void Kmod::detach(VifId vif) {
  call(Order{TFLAB_DETACH}.u16(TFLAB_VIF, vif.raw()));
}
void Kmod::inject(VifId out, Bytes frame) {
  call(Order{TFLAB_INJECT}.u16(TFLAB_VIF, out.raw()).octets(TFLAB_FRAME, frame));
}
void Kmod::receive(VifId in, Bytes frame) {
  call(Order{TFLAB_RECEIVE}.u16(TFLAB_VIF, in.raw()).octets(TFLAB_FRAME, frame));
}

std::vector<vr::FlowKey> Kmod::sweep() {
  settle();
  std::vector<vr::FlowKey> gone;
  control_.dump(Order{TFLAB_SWEEP}.s64(TFLAB_AHEAD, clock_.skipped().ns),
                [&](const Attribute& one) {
                  Reader in{one.value};
                  while (one.type == TFLAB_GONE && in.left() > 0) {
                    vr::FlowKey key{};
                    vr::read(in, key);
                    if (in.ok()) gone.push_back(key);
                  }
                });
  return gone;
}

agent::Datapath Kmod::datapath() {
  settle();
  agent::Datapath datapath;
  control_.dump(Order{TFLAB_DUMP}, [&](const Attribute& one) { take(one, datapath); });
  return datapath;
}

void Kmod::wait() {
  waiter_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error) return;
                       read_traps();
                       wait();
                     });
}

// The four attributes of a trap stand in a fixed order, the frame last.
void Kmod::read_traps() {
  std::uint16_t why = 0, vif = 0, vrf = 0;
  const auto take_one = [&](const Attribute& one) {
    if (one.command != TFLAB_TRAP) return;
    if (one.type == TFLAB_WHY) why = number(one.value);
    if (one.type == TFLAB_VIF) vif = number(one.value);
    if (one.type == TFLAB_VRF) vrf = number(one.value);
    if (one.type == TFLAB_FRAME) owner_.trapped(why, VifId{vif}, VrfId{vrf}, one.value);
  };
  for (std::size_t n = 0; n < burst && traps_.receive(take_one); ++n) {
  }
  owner_.burst_end();
}

}  // namespace tflab::netns
