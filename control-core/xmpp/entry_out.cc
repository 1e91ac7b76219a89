#include "control-core/base/text.h"
#include "control-core/xmpp/entry.h"
#include "control-core/xmpp/sub_protocol.h"

namespace tflab::xmpp {
namespace {

using xml::Writer;

std::string number(std::uint64_t n) {
  return std::to_string(n);
}
std::string_view boolean(bool b) {
  return b ? "true" : "false";
}
std::string af_of(const IpAddr& address) {
  return address.is_v4() ? "1" : "2";
}

void write_family(Writer& out, Family family) {
  const FamilyRow& row = row_of(family);
  out.leaf("af", number(row.afi)).leaf("safi", number(row.xmpp_safi));
}

template <class List, class Text>
void write_list(Writer& out, std::string_view name, std::string_view element, const List& values,
                Text text) {
  if (values.empty()) return;
  out.open(name);
  for (const auto& value : values) out.leaf(element, text(value));
  out.close();
}

// MPLS over GRE has two BGP names (2 and 11) and one here, said once.
void write_encaps(Writer& out, const std::vector<Encap>& encaps) {
  if (encaps.empty()) return;
  out.open("tunnel-encapsulation-list");
  bool gre = false;
  for (const Encap encap : encaps) {
    const bool is_gre = encap == Encap::gre || encap == Encap::mpls_o_gre;
    if (is_gre && gre) continue;
    gre = gre || is_gre;
    out.leaf("tunnel-encapsulation", is_gre ? "gre" : to_text(encap));
  }
  out.close();
}

void write_next_hop(Writer& out, const NextHop& hop) {
  out.open("next-hop").leaf("af", af_of(hop.address)).leaf("address", to_text(hop.address));
  if (hop.mac) out.leaf("mac", to_text(*hop.mac));
  out.leaf("label", number(hop.label));
  if (hop.l3_label != 0) out.leaf("l3-label", number(hop.l3_label));
  write_encaps(out, hop.encaps);
  if (!hop.virtual_network.empty()) out.leaf("virtual-network", hop.virtual_network);
  write_list(out, "tag-list", "tag", hop.tags, number);
  out.close();
}

void write_next_hops(Writer& out, std::string_view name, const std::vector<NextHop>& hops) {
  out.open(name);
  for (const NextHop& hop : hops) write_next_hop(out, hop);
  out.close();
}

void write_network(Writer& out, const std::string& name) {
  if (!name.empty()) out.leaf("virtual-network", name);
}

void write_mobility(Writer& out, bool sticky, std::uint32_t sequence) {
  out.open("mobility").attribute("sticky", boolean(sticky)).attribute("seqno", number(sequence));
  out.close_empty();
}

void write_security_groups(Writer& out, const std::vector<std::uint32_t>& groups) {
  write_list(out, "security-group-list", "security-group", groups, number);
}

// Agents of the original always say how to choose, control nodes only what is not the usual way.
void write_load_balance(Writer& out, const LoadBalance& choice, Speaker speaker) {
  if (speaker == Speaker::control_node && choice == LoadBalance{}) return;
  out.open("load-balance");
  if (choice.fields != all_hash_fields) {
    out.open("load-balance-fields");
    for (const HashFieldRow& row : hash_field_rows)
      if ((choice.fields & row.field) != 0) out.leaf("load-balance-field-list", row.name);
    out.close();
  }
  out.leaf("load-balance-decision", choice.source_bias ? source_bias : field_hash).close();
}

void write(Writer& out, const UnicastItem& item, Speaker speaker) {
  out.open("nlri");
  write_family(out, family_of(item));
  out.leaf("address", to_text(item.prefix)).close();
  write_next_hops(out, "next-hops", item.next_hops);
  out.leaf("version", "1");
  write_network(out, item.virtual_network);
  if (speaker == Speaker::control_node) write_mobility(out, item.sticky, item.sequence);
  out.leaf("sequence-number", number(item.sequence));
  write_security_groups(out, item.security_groups);
  write_list(out, "community-tag-list", "community-tag", item.community_tags,
             [](const std::string& tag) { return tag; });
  out.leaf("local-preference", number(item.local_preference)).leaf("med", number(item.med));
  write_load_balance(out, item.load_balance, speaker);
  if (item.sub_protocol != SubProtocol::none)
    out.leaf("sub-protocol", sub_protocol_text(item.sub_protocol));
}

void write(Writer& out, const EvpnItem& item, Speaker speaker) {
  out.open("nlri");
  write_family(out, Family::evpn);
  out.leaf("ethernet-tag", number(item.tag)).leaf("mac", to_text(item.mac));
  out.leaf("address", to_text(item.address)).close();
  write_next_hops(out, "next-hops", item.next_hops);
  if (!item.olist.empty()) write_next_hops(out, "olist", item.olist);
  if (!item.leaf_olist.empty()) write_next_hops(out, "leaf-olist", item.leaf_olist);
  write_network(out, item.virtual_network);
  if (speaker == Speaker::control_node || item.sticky)
    write_mobility(out, item.sticky, item.sequence);
  out.leaf("sequence-number", number(item.sequence));
  write_security_groups(out, item.security_groups);
  out.leaf("local-preference", number(item.local_preference)).leaf("med", number(item.med));
  if (item.no_edge_replication) out.leaf("edge-replication-not-supported", "true");
  if (item.assisted_replication) out.leaf("assisted-replication-supported", "true");
  if (item.replicator) out.leaf("replicator-address", to_text(*item.replicator));
  if (item.etree_leaf) out.leaf("etree-leaf", "true");
}

void write_block(Writer& out, const MulticastItem& item) {
  out.open("next-hops");
  if (item.next_hop) {
    out.open("next-hop").leaf("af", af_of(*item.next_hop));
    out.leaf("address", to_text(*item.next_hop));
    if (item.label_block)
      out.leaf("label", number(item.label_block->first) + '-' + number(item.label_block->last));
    write_encaps(out, item.encaps);
    out.close();
  }
  out.close();
}

void write(Writer& out, const MulticastItem& item, Speaker speaker) {
  out.open("nlri");
  write_family(out, Family::ermvpn);
  out.leaf("group", to_text(item.group)).leaf("source", to_text(item.source));
  if (speaker == Speaker::control_node) out.leaf("source-label", number(item.source_label));
  out.close();
  if (speaker == Speaker::agent)
    write_block(out, item);
  else
    write_next_hops(out, "olist", item.olist);
}

}  // namespace

void write_entry(Writer& out, const Item& item, Speaker speaker) {
  out.open("entry");
  std::visit([&](const auto& kind) { write(out, kind, speaker); }, item);
  out.close();
}

}  // namespace tflab::xmpp
