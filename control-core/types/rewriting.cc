#include "control-core/types/rewriting.h"

#include <algorithm>

namespace tflab {
namespace {

struct Range {
  std::uint32_t first, last;
};
constexpr Range private_numbers[] = {{64512, 65534}, {4200000000, 4294967294}};

// One path on its way from its neighbour's end to its origin.
class Cleaner {
public:
  Cleaner(PrivateAs what, Asn theirs, Asn ours)
      : what_{what}, theirs_{theirs}, instead_{what == PrivateAs::all_replaced ? ours : Asn{}} {}

  void add_to(std::vector<Asn>& out, Asn as) {
    const bool stays = done_ || !is_private(as) || as == theirs_;
    if (stays) {
      out.push_back(as);
      passed(as);
    } else if (instead_ != Asn{}) {
      out.push_back(instead_);
    }
  }

private:
  void passed(Asn as) {
    if (what_ == PrivateAs::removed) done_ = true;
    if (what_ == PrivateAs::all_replaced && !is_private(as)) instead_ = as;
  }

  PrivateAs what_;
  Asn theirs_, instead_;  // zero: nothing instead
  bool done_ = false;
};

}  // namespace

std::string_view to_text(PrivateAs action) {
  constexpr std::string_view names[] = {"", "remove", "remove-all", "replace-all"};
  return names[static_cast<std::size_t>(action)];
}

bool is_private(Asn as) {
  return std::ranges::any_of(private_numbers, [as](const Range& range) {
    return as.raw() >= range.first && as.raw() <= range.last;
  });
}

AsPath overridden(AsPath path, Asn theirs, Asn ours) {
  for (AsSegment& segment : path.segments) std::ranges::replace(segment.asns, theirs, ours);
  return path;
}

AsPath without_private(const AsPath& path, PrivateAs what, Asn theirs, Asn ours) {
  if (what == PrivateAs::kept) return path;
  AsPath out;
  Cleaner cleaner{what, theirs, ours};
  for (const AsSegment& segment : path.segments) {
    AsSegment left{segment.type, {}};
    for (const Asn as : segment.asns) cleaner.add_to(left.asns, as);
    if (!left.asns.empty()) out.segments.push_back(std::move(left));
  }
  return out;
}

bool has_tunnels(Family family) {
  return family == Family::inet_vpn || family == Family::inet6_vpn || family == Family::evpn;
}

void set_encaps(Attributes& attributes, const std::vector<Encap>& encaps) {
  auto& all = attributes.ext_communities;
  std::erase_if(all, [](ExtCommunity c) { return c.as_encapsulation().has_value(); });
  for (const Encap encap : encaps) all.push_back(ExtCommunity::encapsulation(encap));
}

}  // namespace tflab
