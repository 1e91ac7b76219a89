#include "control-core/bgp/as_path.h"

#include <algorithm>
#include <span>

#include "control-core/bgp/open.h"

namespace tflab::bgp {
namespace {

constexpr std::size_t longest_segment = 255;

Asn read_as(Reader& in, AsWidth width) {
  return Asn{width == AsWidth::two ? in.be16() : in.be32()};
}

void write_as(Writer& out, Asn as, AsWidth width) {
  if (width == AsWidth::four) return out.be32(as.raw());
  const Asn shown = as.raw() > 0xffff ? as_trans : as;
  out.be16(static_cast<std::uint16_t>(shown.raw()));
}

void write_segment(Writer& out, std::uint8_t type, std::span<const Asn> asns, AsWidth width) {
  out.u8(type);
  out.u8(static_cast<std::uint8_t>(asns.size()));
  for (Asn as : asns) write_as(out, as, width);
}

// The first `count` numbers of a path, a set counting one.
AsPath leading(const AsPath& path, std::size_t count) {
  AsPath out;
  for (const AsSegment& segment : path.segments) {
    if (count == 0) break;
    const bool is_set = segment.type == AsSegment::set;
    const std::size_t taken = is_set ? 1 : std::min(count, segment.asns.size());
    out.segments.push_back(segment);
    if (!is_set) out.segments.back().asns.resize(taken);
    count -= taken;
  }
  return out;
}

enum SegmentType : std::uint8_t { confed_sequence = 3, confed_set = 4 };  // RFC 5065 section 3

bool of_confederation(std::uint8_t type) {
  return type == confed_sequence || type == confed_set;
}
bool known(std::uint8_t type) {
  return type == AsSegment::set || type == AsSegment::sequence;
}

std::optional<AsSegment> read_segment(Reader& in, AsWidth width) {
  AsSegment segment;
  segment.type = in.u8();
  const std::size_t count = in.u8();
  Reader numbers = in.sub(count * static_cast<std::size_t>(width));
  if (count == 0 || !in.ok()) return {};
  segment.asns.reserve(count);
  while (numbers.left() > 0) {
    segment.asns.push_back(read_as(numbers, width));
    if (segment.asns.back() == Asn{}) return {};
  }
  return segment;
}

}  // namespace

std::optional<AsPath> read_as_path(Reader& in, AsWidth width) {
  AsPath path;
  while (in.left() > 0) {
    auto segment = read_segment(in, width);
    if (!segment || !known(segment->type)) return {};
    path.segments.push_back(std::move(*segment));
  }
  return path;
}

std::optional<AsPath> read_as4_path(Reader& in) {
  AsPath path;
  while (in.left() > 0) {
    auto segment = read_segment(in, AsWidth::four);
    if (!segment) return {};
    if (of_confederation(segment->type)) continue;
    if (!known(segment->type)) return {};
    path.segments.push_back(std::move(*segment));
  }
  return path;
}

void write_as_path(Writer& out, const AsPath& path, AsWidth width) {
  for (const AsSegment& segment : path.segments) {
    std::span<const Asn> rest{segment.asns};
    while (!rest.empty()) {
      const auto piece = rest.first(std::min(rest.size(), longest_segment));
      write_segment(out, segment.type, piece, width);
      rest = rest.subspan(piece.size());
    }
  }
}

bool fits_two_octets(const AsPath& path) {
  return std::ranges::all_of(path.segments, [](const AsSegment& segment) {
    return std::ranges::all_of(segment.asns, [](Asn as) { return as.raw() <= 0xffff; });
  });
}

AsPath merged(const AsPath& path, const AsPath& as4_path) {
  if (path.length() < as4_path.length()) return path;
  AsPath out = leading(path, path.length() - as4_path.length());
  const AsPath& tail = as4_path;
  const bool joins = !out.segments.empty() && !tail.segments.empty() &&
                     out.segments.back().type == AsSegment::sequence &&
                     tail.segments[0].type == AsSegment::sequence;
  auto next = tail.segments.begin();
  if (joins) {
    auto& last = out.segments.back().asns;
    last.insert(last.end(), next->asns.begin(), next->asns.end());
    ++next;
  }
  out.segments.insert(out.segments.end(), next, tail.segments.end());
  return out;
}

}  // namespace tflab::bgp
