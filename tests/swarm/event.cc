#include "tests/swarm/event.h"

#include <iterator>

namespace tflab::swarm {
namespace {

using Do = Event::Do;

// How often each happens, in this order.
struct Row {
  Do what;
  unsigned weight;
};
constexpr Row rows[] = {
    {Do::add_port, 16},     {Do::remove_port, 12},   {Do::toggle_import, 5}, {Do::toggle_export, 5},
    {Do::toggle_policy, 6}, {Do::reset, 8},          {Do::partition, 4},     {Do::heal, 4},
    {Do::crash, 5},         {Do::restart, 6},        {Do::toggle_want, 6},   {Do::toggle_route, 8},
    {Do::toggle_family, 2}, {Do::toggle_peering, 3}, {Do::toggle_switch, 1}, {Do::announce, 8},
    {Do::settle, 2},
};
static_assert(std::size(rows) == static_cast<std::size_t>(Do::count));

constexpr unsigned total = [] {
  unsigned out = 0;
  for (const Row& row : rows) out += row.weight;
  return out;
}();

// At once, within a message's way, after a while, after timers have run out.
constexpr Duration pauses[] = {Duration{},  Duration{}, millis(3),  millis(30),
                               millis(120), seconds(1), seconds(7), seconds(35)};

Event random_event(Random& random) {
  Event out;
  unsigned at = pick(random, total);
  for (const Row& row : rows) {
    out.what = row.what;
    if (at < row.weight) break;
    at -= row.weight;
  }
  for (unsigned& each : out.whom) each = pick(random, 1u << 16);
  out.pause = pauses[pick(random, std::size(pauses))];
  return out;
}

}  // namespace

std::vector<Event> random_events(Random& random, unsigned count) {
  std::vector<Event> out;
  for (unsigned n = 0; n < count; ++n) out.push_back(random_event(random));
  out.push_back({Do::settle, {}, seconds(1)});
  return out;
}

}  // namespace tflab::swarm
