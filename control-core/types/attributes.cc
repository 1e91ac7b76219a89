#include "control-core/types/attributes.h"

#include <algorithm>

namespace tflab {
namespace {

constexpr std::size_t longest_segment = 255;  // its count is one octet

void append(std::string& out, const AsSegment& segment) {
  const bool is_set = segment.type == AsSegment::set;
  if (is_set) out += '{';
  for (std::size_t i = 0; i < segment.asns.size(); ++i) {
    if (i != 0) out += ' ';
    out += std::to_string(segment.asns[i].raw());
  }
  if (is_set) out += '}';
}

}  // namespace

unsigned AsPath::length() const {
  unsigned sum = 0;
  for (const AsSegment& segment : segments)
    sum += segment.type == AsSegment::set ? 1 : static_cast<unsigned>(segment.asns.size());
  return sum;
}

bool AsPath::contains(Asn as) const {
  return std::ranges::any_of(segments, [as](const AsSegment& segment) {
    return std::ranges::find(segment.asns, as) != segment.asns.end();
  });
}

bool AsPath::has_sets() const {
  return std::ranges::any_of(
      segments, [](const AsSegment& segment) { return segment.type == AsSegment::set; });
}

void AsPath::prepend(Asn as) {
  const bool room = !segments.empty() && segments[0].type == AsSegment::sequence &&
                    segments[0].asns.size() < longest_segment;
  if (!room) segments.insert(segments.begin(), AsSegment{AsSegment::sequence, {}});
  segments[0].asns.insert(segments[0].asns.begin(), as);
}

std::optional<Asn> AsPath::neighbour() const {
  if (segments.empty() || segments[0].type != AsSegment::sequence || segments[0].asns.empty())
    return {};
  return segments[0].asns[0];
}

void PmsiTunnel::set_address(Ip4 address) {
  identifier.clear();
  for (int bit = 24; bit >= 0; bit -= 8)
    identifier.push_back(static_cast<std::uint8_t>(address.raw() >> bit));
}

std::optional<Ip4> PmsiTunnel::address() const {
  if (identifier.size() != 4) return {};
  std::uint32_t raw = 0;
  for (const std::uint8_t octet : identifier) raw = raw << 8 | octet;
  return Ip4{raw};
}

std::string to_text(const AsPath& path) {
  std::string out;
  for (const AsSegment& segment : path.segments) {
    if (!out.empty()) out += ' ';
    append(out, segment);
  }
  return out;
}

std::vector<RouteTarget> Attributes::targets() const {
  std::vector<RouteTarget> found;
  for (ExtCommunity community : ext_communities)
    if (const auto target = community.as_target()) found.push_back(*target);
  return found;
}

std::vector<Encap> Attributes::encaps() const {
  std::vector<Encap> found;
  for (ExtCommunity community : ext_communities)
    if (const auto encap = community.as_encapsulation()) found.push_back(*encap);
  return found;
}

}  // namespace tflab
