#include "control-core/types/attributes.h"

namespace tflab {
namespace {

// FNV-1a over the fields, a word at a time. Only buckets depend on it, never an order.
class Hasher {
public:
  void word(std::uint64_t value) { state_ = (state_ ^ value) * 0x100000001b3ull; }
  void address(const IpAddr& address) {
    word(address.bits());
    for (std::size_t i = 0; i < address.bits() / 8; ++i) word(address.octet(i));
  }
  template <class List, class Each>
  void list(const List& list, Each each) {
    word(list.size());
    for (const auto& item : list) each(item);
  }
  std::size_t result() const { return static_cast<std::size_t>(state_ ^ state_ >> 32); }

private:
  std::uint64_t state_ = 0xcbf29ce484222325ull;
};

}  // namespace

std::size_t hash_of(const Attributes& a) {
  Hasher h;
  h.word(static_cast<std::uint64_t>(a.origin));
  h.list(a.as_path.segments, [&](const AsSegment& segment) {
    h.word(segment.type);
    h.list(segment.asns, [&](Asn as) { h.word(as.raw()); });
  });
  h.address(a.next_hop);
  h.word(a.med.value_or(0));
  h.word(a.local_pref.value_or(0));
  h.word(a.originator_id.value_or(Ip4{}).raw());
  h.list(a.cluster_list, [&](Ip4 id) { h.word(id.raw()); });
  h.list(a.communities, [&](Community c) { h.word(static_cast<std::uint32_t>(c)); });
  h.list(a.ext_communities, [&](ExtCommunity c) { h.word(c.wire()); });
  h.list(a.edge_discovery, [&](const EdgeDiscovery& edge) { h.word(edge.address.raw()); });
  h.list(a.edge_forwarding, [&](const EdgeForwarding& edge) {
    h.word(edge.in_label);
    h.word(edge.out_label);
  });
  h.list(a.origin_vn_path, [&](ExtCommunity c) { h.word(c.wire()); });
  h.word(a.l3_label);
  for (std::uint8_t octet : a.esi.octets) h.word(octet);
  h.list(a.carried, [&](const CarriedAttribute& carried) {
    h.word(carried.code);
    h.word(carried.value.size());
  });
  h.word(a.source_rd.wire());
  h.word(a.label_block.value_or(LabelBlock{}).first);
  return h.result();
}

}  // namespace tflab
