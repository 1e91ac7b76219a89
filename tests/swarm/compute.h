#pragma once
// An agent in the lab, over the simple tables that know what a wrong operation is. Its neighbours
// answer ARP at once.

#include "control-core/agent/agent.h"
#include "tests/unit/control-core/agent/naive_vrouter.h"
#include "tests/unit/control-core/node/lab.h"

namespace tflab::swarm {

class Compute : public test::Host {
public:
  Compute(test::Lab& lab, config::Vrouter config) : agent{std::move(config)}, lab_{lab} {}

  agent::Agent agent;
  agent::NaiveVrouter vrouter;
  std::vector<std::string> faults;  // operations that should not have come

  // One of its machines says by ARP whose address it is.
  void announce(const std::string& port, Ip4 address);
  void configure(config::Vrouter next) {
    agent.configure(lab_.now, std::move(next));
    drain();
  }

  IpAddr address() const override { return agent.config().address; }
  void start() override { agent.start(lab_.now); }
  std::optional<StreamId> accepted(Endpoint, Endpoint) override { return {}; }
  void opened(StreamId stream, Endpoint local) override {
    agent.on_opened(lab_.now, stream, local);
  }
  void bytes(StreamId stream, Bytes bytes) override { agent.on_bytes(lab_.now, stream, bytes); }
  void closed(StreamId stream) override { agent.on_closed(lab_.now, stream); }
  void timer() override { agent.on_timer(lab_.now); }
  std::optional<Instant> next_timer() const override { return agent.next_timer(); }
  void drain() override {
    while (auto output = agent.poll_output())
      std::visit([this](const auto& each) { take(each); }, *output);
  }

private:
  void take(const OpenStream& open) { lab_.open(*this, open.stream, open.to); }
  void take(const WriteStream& write) { lab_.write(*this, write.stream, write.bytes); }
  void take(const CloseStream& close) { lab_.close(*this, close.stream); }
  void take(const agent::Program& program) { note(vrouter.apply(program.op)); }
  void take(const agent::Attach& attach) { note(vrouter.apply(attach)); }
  void take(const agent::Detach& detach) { note(vrouter.apply(detach)); }
  void take(const agent::Transmit& transmit);
  void take(const agent::Reinject&) {}  // no packets here, so no flows
  void take(const agent::Sweep&) {}
  void note(std::string fault) {
    if (!fault.empty()) faults.push_back(agent.config().name + ": " + std::move(fault));
  }

  test::Lab& lab_;
};

}  // namespace tflab::swarm
