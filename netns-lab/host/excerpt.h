#pragma once
// What a forwarding core did for a while, as a case of pcap-replay: the tables it began with, every
// frame that came in with its interface and time, everything that left, and which counters moved.
// Kept beside the core, where nothing comes between a frame and what became of it. A case has one
// set of tables, so an excerpt begins with its first frame and ends before the tables change.

#include <cstddef>
#include <string>

#include "netns-lab/host/packet_port.h"
#include "pcap-replay/forwarding/case.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::netns {

class Excerpt {
public:
  static constexpr std::size_t most_frames = 10'000, most_octets = 4 << 20;

  // `core` outlives this.
  Excerpt(const vr::Vrouter& core, const vr::Limits& limits) : core_{core}, limits_{limits} {}

  // Said before it happens.
  void coming(Instant now, VifId in, Bytes frame);
  void tables_change() { end("the tables were about to change"); }
  // Said when it has happened.
  void left(std::string place, Bytes frame);

  // Runs what is no answer to a frame, which no case could repeat: the agent sends by itself.
  template <class Work>
  void pass_over(Work work) {
    if (!running_) return work();
    const forwarding::Counters before = counters();
    running_ = false;
    work();
    running_ = true;
    for (const auto& [name, by] : forwarding::moved(before, counters())) before_[name] += by;
  }

  forwarding::Case take();
  const std::string& why_ended() const { return why_ended_; }  // empty: it was taken

private:
  forwarding::Counters counters() const { return forwarding::counters_of(core_, limits_); }
  void begin();
  void end(const std::string& why);

  const vr::Vrouter& core_;
  vr::Limits limits_;
  bool running_ = false, ended_ = false;
  std::string why_ended_;
  std::int64_t now_ns_ = 0;
  std::size_t octets_ = 0;
  forwarding::Counters before_, moved_;
  std::vector<forwarding::Arrival> arrivals_;
  std::vector<forwarding::Sent> sent_;
  std::vector<vr::Op> tables_;
};

}  // namespace tflab::netns
