#include "sim/world/engine.h"

#include <ns3/simulator.h>

#include <stdexcept>

#include "sim/ns3/stack.h"
#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

bool standing = false;

}  // namespace

Engine::Engine(std::uint64_t seed) {
  if (standing) throw std::runtime_error("a simulation is already standing in this process");
  standing = true;
  prepare_ns3(seed);
}

Engine::~Engine() {
  ns3::Simulator::Destroy();
  standing = false;
}

void Engine::run_until(Instant when) {
  auto end = ns3::Simulator::Schedule(until(when), [] { ns3::Simulator::Stop(); });
  ns3::Simulator::Run();
  end.Cancel();
}

void Engine::interrupt() {
  ns3::Simulator::Stop();
}

void Engine::at(std::uint32_t context, Duration after, std::function<void()> act) {
  ns3::Simulator::ScheduleWithContext(context, to_ns3(after), std::move(act));
}

}  // namespace tflab::sim
