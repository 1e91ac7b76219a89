#include "scenarios/model.h"

#include <charconv>

namespace tflab::scenario {
namespace {

std::string number(double value) {
  char room[32];
  const auto [end, error] = std::to_chars(room, room + sizeof room, value);
  return {room, end};
}

}  // namespace

std::string_view host_name(HostKind kind) {
  switch (kind) {
    case HostKind::sim:
      return "sim";
    case HostKind::netns:
      return "netns";
    case HostKind::kernel:
      return "kernel";
  }
  return "";
}

bool Cmp::holds(double value) const {
  if (eq && value != *eq) return false;
  if (ne && value == *ne) return false;
  if (ge && value < *ge) return false;
  if (gt && value <= *gt) return false;
  if (le && value > *le) return false;
  return !(lt && value >= *lt);
}

std::string to_text(const Cmp& cmp) {
  if (cmp.ge && cmp.le && !cmp.eq && !cmp.ne && !cmp.gt && !cmp.lt)
    return number(*cmp.ge) + ".." + number(*cmp.le);
  const std::pair<const char*, const std::optional<double>&> parts[] = {
      {"= ", cmp.eq}, {"not ", cmp.ne}, {">= ", cmp.ge},
      {"> ", cmp.gt}, {"<= ", cmp.le},  {"< ", cmp.lt}};
  std::string out;
  for (const auto& [word, bound] : parts)
    if (bound) out += (out.empty() ? "" : " and ") + (word + number(*bound));
  return out.empty() ? "anything" : out;
}

}  // namespace tflab::scenario
