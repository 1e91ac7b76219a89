// Random lives of random worlds, each held against the oracle whenever it comes to rest. A life
// that ends in a difference is told by its seed, and with as few events as still end in one.
//
//   swarm [--first N] [--seeds N]     so many lives; TFLAB_SWARM_SEEDS overrules the number
//   swarm --seed N                    one life, event by event

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/swarm/life.h"

namespace tflab::swarm {
namespace {

struct Outcome {
  std::vector<std::string> story;
  Differences differences;
  std::size_t events = 0;  // performed until then
};

Outcome live(std::uint32_t seed, const std::vector<Event>& events) {
  Life life{seed};
  Outcome out;
  for (const Event& event : events) {
    const auto sentence = life.perform(event);
    ++out.events;
    if (sentence) {
      const double pause = static_cast<double>(event.pause.ns) / 1e9;
      out.story.push_back((pause > 0 ? "after " + std::to_string(pause) + " s: " : "at once: ") +
                          *sentence);
    }
    out.differences = life.differences();
    if (!out.differences.empty()) break;
  }
  return out;
}

std::vector<Event> events_of(std::uint32_t seed) {
  Random random{seed ^ 0x9e3779b9u};
  return random_events(random, 8 + pick(random, 25));
}

// Leaves out ever smaller pieces as long as the end is still a difference. The last event, which
// compares, stays.
std::vector<Event> shrunk(std::uint32_t seed, std::vector<Event> events) {
  for (std::size_t piece = events.size() / 2; piece > 0; piece /= 2) {
    for (std::size_t at = 0; at + piece < events.size();) {
      std::vector<Event> fewer = events;
      const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(piece));
      const Outcome outcome = live(seed, fewer);
      if (outcome.differences.empty()) {
        at += piece;
        continue;
      }
      fewer.resize(outcome.events);
      events = std::move(fewer);
    }
  }
  return events;
}

void tell(std::uint32_t seed, const Outcome& outcome) {
  std::cout << Life{seed}.describe() << '\n';
  for (const std::string& line : outcome.story) std::cout << "  " << line << '\n';
  for (const std::string& line : outcome.differences) std::cout << "  ! " << line << '\n';
}

// A life that ends in a crash is told by its seed, too.
volatile std::sig_atomic_t living = 0;
void on_crash(int signal) {
  std::fprintf(stderr, "crashed in seed %d\n", static_cast<int>(living));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

bool holds(std::uint32_t seed) {
  living = static_cast<int>(seed);
  std::vector<Event> events = events_of(seed);
  const Outcome outcome = live(seed, events);
  if (outcome.differences.empty()) return true;
  events.resize(outcome.events);
  tell(seed, live(seed, shrunk(seed, std::move(events))));
  return false;
}

unsigned number(int argc, char** argv, const char* option, unsigned otherwise) {
  for (int n = 1; n + 1 < argc; ++n)
    if (std::strcmp(argv[n], option) == 0)
      return static_cast<unsigned>(std::strtoul(argv[n + 1], nullptr, 10));
  return otherwise;
}

int run(int argc, char** argv) {
  for (int signal : {SIGABRT, SIGSEGV}) std::signal(signal, on_crash);
  if (const unsigned seed = number(argc, argv, "--seed", 0)) {
    const Outcome outcome = live(seed, events_of(seed));
    tell(seed, outcome);
    return outcome.differences.empty() ? 0 : 1;
  }
  const unsigned first = number(argc, argv, "--first", 1);
  unsigned seeds = number(argc, argv, "--seeds", 100);
  if (const char* more = std::getenv("TFLAB_SWARM_SEEDS"))
    seeds = static_cast<unsigned>(std::strtoul(more, nullptr, 10));
  unsigned failed = 0, lived = 0;
  for (; lived < seeds && failed < 3; ++lived) failed += holds(first + lived) ? 0 : 1;
  std::cout << lived << " lives, " << failed << " did not end as configuration says\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tflab::swarm

int main(int argc, char** argv) {
  return tflab::swarm::run(argc, argv);
}
