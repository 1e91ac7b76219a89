#include "netns-lab/host/excerpt.h"

#include <utility>

namespace tflab::netns {

void Excerpt::begin() {
  tables_ = forwarding::tables_of(core_);
  before_ = counters();
  running_ = true;
}

void Excerpt::end(const std::string& why) {
  if (!running_) return;
  running_ = false;
  ended_ = true;
  why_ended_ = why;
  moved_ = forwarding::moved(before_, counters());
}

void Excerpt::coming(Instant now, VifId in, Bytes frame) {
  if (ended_) return;
  if (!running_) begin();
  if (arrivals_.size() == most_frames || octets_ + frame.size() > most_octets)
    return end("it was long enough");
  now_ns_ = now.ns;
  octets_ += frame.size();
  arrivals_.push_back({in, now.ns, {frame.begin(), frame.end()}});
}

void Excerpt::left(std::string place, Bytes frame) {
  if (running_) sent_.push_back({std::move(place), now_ns_, {frame.begin(), frame.end()}});
}

forwarding::Case Excerpt::take() {
  end("");
  return {.folder = {},
          .tables = {.base = {}, .ops = std::move(tables_), .limits = limits_, .interfaces = {}},
          .arrivals = std::move(arrivals_),
          .expected = std::move(sent_),
          .counters = std::move(moved_)};
}

}  // namespace tflab::netns
