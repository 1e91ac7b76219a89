#include "netns-lab/vm/play.h"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <fstream>
#include <map>
#include <stdexcept>

#include <string>
#include <thread>

#include "netns-lab/host/kmod.h"
#include "netns-lab/vm/cable.h"
#include "netns-lab/vm/channel.h"
#include "vrouter-core/ops/octets.h"
#include "vrouter-core/ops/vif.h"

namespace tflab::netns {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr auto patience = std::chrono::milliseconds{500};
constexpr auto look_every = std::chrono::microseconds{200};
constexpr std::size_t shortest = 20;

// Made once for all cases: a device takes its time to come. Nothing but frames of ours may cross
// them, so the kernel keeps its own IPv6 to itself.
std::map<VifId, Cable>& cables() {
  static std::map<VifId, Cable> all;
  if (all.empty())
    for (const char* where : {"all", "default"})
      std::ofstream{"/proc/sys/net/ipv6/conf/" + std::string{where} + "/disable_ipv6"} << 1;
  return all;
}

class Owner final : public ForwarderOwner {
public:
  Owner(const ToPlay& what, WasPlayed& into) : what_{what}, into_{into} {}

  void trapped(std::uint16_t why, VifId in, VrfId vrf, Bytes frame) override {
    into_.traps.push_back({static_cast<vr::Trap>(why), vrf, {in, {frame.begin(), frame.end()}}});
  }
  void burst_end() override {}
  void refused(const vr::Op& op, vr::Result why) override {
    if (into_.refused) return;
    const auto at = std::ranges::find(what_.ops, op);
    into_.refused = {static_cast<std::size_t>(at - what_.ops.begin()), why};
  }

private:
  const ToPlay& what_;
  WasPlayed& into_;
};

class Play {
public:
  explicit Play(const ToPlay& what)
      : what_{what}, owner_{what, done_}, kmod_{io_, clock_, owner_} {}

  WasPlayed run() {
    for (const vr::Op& op : what_.ops) kmod_.apply(op);
    kmod_.settle();
    if (done_.refused) return std::move(done_);
    attach();
    for (const PlayedFrame& frame : what_.frames) {
      receive(frame);
      look();
    }
    const auto end = steady_clock::now() + patience;
    while (done_.sent.size() + done_.traps.size() < what_.expected && steady_clock::now() < end) {
      std::this_thread::sleep_for(look_every);
      look();
    }
    done_.datapath = await_arrivals();
    look();
    return std::move(done_);
  }

private:
  // Every interface has a device, but for the agent's, which has the socket of the module.
  void attach() {
    for (const vr::Op& op : what_.ops) {
      const auto* vif = std::get_if<vr::SetVif>(&op);
      if (vif == nullptr || vif->type == vr::VifType::agent || mine_.contains(vif->vif)) continue;
      Cable& cable = cables().try_emplace(vif->vif, vif->vif).first->second;
      cable.read([](Bytes) {});  // of an earlier case
      kmod_.attach(vif->vif, cable.vrouter_end());
      mine_.emplace(vif->vif, &cable);
    }
  }
  // Linux takes no frame off a device that is shorter than a tagged Ethernet header; the module
  // still gets it, in its turn.
  void receive(const PlayedFrame& frame) {
    const auto cable = mine_.find(frame.vif);
    if (cable == mine_.end() || frame.octets.size() < shortest) {
      await_arrivals();
      kmod_.receive(frame.vif, frame.octets);
    } else if (!cable->second->send(frame.octets)) {
      throw std::runtime_error{"cannot send a frame: its device does not take it"};
    }
    ++given_[frame.vif];
  }
  // The kernel may put its work off; what has arrived has been counted.
  agent::Datapath await_arrivals() {
    const auto end = steady_clock::now() + patience;
    for (;;) {
      agent::Datapath datapath = kmod_.datapath();
      const bool arrived = std::ranges::all_of(datapath.vifs, [this](const auto& row) {
        return row.counters.rx_packets >= given_[row.vif];
      });
      if (arrived || steady_clock::now() > end) return datapath;
      std::this_thread::sleep_for(look_every);
    }
  }
  void look() {
    for (auto& [vif, cable] : mine_)
      cable->read([&, out = vif](Bytes frame) {
        done_.sent.push_back({out, {frame.begin(), frame.end()}});
      });
    io_.restart();
    io_.poll();
  }

  const ToPlay& what_;
  WasPlayed done_;
  boost::asio::io_context io_;
  Clock clock_;
  Owner owner_;
  Kmod kmod_;
  std::map<VifId, Cable*> mine_;
  std::map<VifId, std::uint64_t> given_;  // frames
};

// --- over the line

json json_of(const PlayedFrame& frame) {
  return {{"vif", frame.vif.raw()}, {"octets", binary(frame.octets)}};
}
PlayedFrame frame_from(const json& in) {
  return {VifId{in.at("vif").get<std::uint16_t>()}, octets_from(in.at("octets"))};
}

// A value of ops/octets.h; none is longer than an operation or a row of counters.
template <class Value>
json octets_of(const Value& value) {
  std::array<std::byte, vr::longest_op + sizeof(vr::VrfCounters) + sizeof(vr::DropCounters)> room;
  Writer out{room};
  vr::write(out, value);
  return binary(out.written());
}
template <class Value>
Value value_from(const json& in) {
  const auto octets = octets_from(in);
  Reader reader{octets};
  Value value{};
  vr::read(reader, value);
  if (!reader.ok()) throw std::runtime_error{"cannot read what the VM says of its counters"};
  return value;
}

}  // namespace

WasPlayed play(const ToPlay& what) {
  return Play{what}.run();
}

json json_of(const ToPlay& what) {
  json ops = json::array(), frames = json::array();
  for (const vr::Op& op : what.ops) ops.push_back(octets_of(op));
  for (const PlayedFrame& frame : what.frames) frames.push_back(json_of(frame));
  return {{"ops", ops}, {"frames", frames}, {"expected", what.expected}};
}

json played(const json& call) {
  ToPlay what;
  for (const json& octets : call.at("ops")) {
    const auto op = octets_from(octets);
    Reader in{op};
    what.ops.push_back(vr::read_op(in).value());
  }
  for (const json& frame : call.at("frames")) what.frames.push_back(frame_from(frame));
  call.at("expected").get_to(what.expected);

  const WasPlayed done = play(what);
  json out{{"sent", json::array()},
           {"traps", json::array()},
           {"vifs", json::array()},
           {"vrfs", json::array()},
           {"drops", octets_of(done.datapath.drops)}};
  if (done.refused)
    out["refused"] = {done.refused->first, static_cast<unsigned>(done.refused->second)};
  for (const PlayedFrame& frame : done.sent) out["sent"].push_back(json_of(frame));
  for (const PlayedTrap& trap : done.traps)
    out["traps"].push_back({static_cast<unsigned>(trap.why), trap.vrf.raw(), json_of(trap.frame)});
  for (const auto& [vif, counters] : done.datapath.vifs)
    out["vifs"].push_back({vif.raw(), octets_of(counters)});
  for (const auto& [vrf, counters] : done.datapath.vrfs)
    out["vrfs"].push_back({vrf.raw(), octets_of(counters)});
  return out;
}

WasPlayed was_played_from(const json& in) {
  WasPlayed done;
  if (const auto refused = in.find("refused"); refused != in.end())
    done.refused = {refused->at(0).get<std::size_t>(),
                    static_cast<vr::Result>(refused->at(1).get<unsigned>())};
  for (const json& frame : in.at("sent")) done.sent.push_back(frame_from(frame));
  for (const json& trap : in.at("traps"))
    done.traps.push_back({static_cast<vr::Trap>(trap.at(0).get<std::uint16_t>()),
                          VrfId{trap.at(1).get<std::uint16_t>()}, frame_from(trap.at(2))});
  done.datapath.drops = value_from<vr::DropCounters>(in.at("drops"));
  for (const json& row : in.at("vifs"))
    done.datapath.vifs.push_back(
        {VifId{row.at(0).get<std::uint16_t>()}, value_from<vr::VifCounters>(row.at(1))});
  for (const json& row : in.at("vrfs"))
    done.datapath.vrfs.push_back(
        {VrfId{row.at(0).get<std::uint16_t>()}, value_from<vr::VrfCounters>(row.at(1))});
  return done;
}

}  // namespace tflab::netns
