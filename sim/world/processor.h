#pragma once
// A model of a control node's processors: each message takes its time, inputs that come meanwhile
// wait in a queue, and what the node says leaves when the work is done. Nothing is measured here;
// without a model no time passes. Cores share the work evenly, and sockets are always read: a real
// node may do worse.

#include <deque>
#include <functional>

#include "scenarios/lab.h"
#include "scenarios/model.h"
#include "sim/ns3/wake_up.h"

namespace tflab::sim {

class Processor {
public:
  using Work = std::function<void()>;

  // `done`: the work that was charged for is done.
  Processor(scenario::ProcessorModel model, Work done)
      : model_{model}, alarm_{[this, done = std::move(done)] {
          busy_ = false;
          done();
        }} {}

  void become(const scenario::ProcessorModel& model) { model_ = model; }
  bool busy() const { return busy_; }
  void wait(Work input, scenario::Vitals& vitals);
  // The next input that waits; nothing while there is work.
  Work next();
  // So many messages were dealt with just now. False: that took no time.
  bool charge(std::uint64_t messages, scenario::Vitals& vitals);
  void power_off();  // what was under way and what waited is lost

private:
  scenario::ProcessorModel model_;
  std::deque<Work> waiting_;
  bool busy_ = false;
  WakeUp alarm_;
};

}  // namespace tflab::sim
