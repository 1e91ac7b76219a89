#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/xmpp/entry.h"
#include "control-core/xmpp/sub_protocol.h"

namespace tflab::xmpp {
namespace {

using xml::Element;

constexpr std::uint32_t highest_label = 0xfffff, highest_vni = 0xffffff;

// Reads children by name. The first one that makes no sense is remembered, and the rest yields
// defaults: the caller asks once, at the end of the entry.
class Fields {
public:
  const std::string& why() const { return why_; }
  bool ok() const { return why_.empty(); }
  void refuse(std::string why) {
    if (ok()) why_ = std::move(why);
  }

  std::string_view text(const Element& in, std::string_view name) {
    const Element* field = in.child(name);
    return field ? xml::trimmed(field->text) : std::string_view{};
  }

  // A field that may be absent, but not nonsense.
  template <class Parse, class Value>
  Value optional(const Element& in, std::string_view name, Parse parse, Value otherwise) {
    const Element* field = in.child(name);
    if (!field) return otherwise;
    if (auto value = parse(xml::trimmed(field->text))) return Value{*value};
    refuse(std::string{name} + " is '" + std::string{xml::trimmed(field->text)} + "'");
    return otherwise;
  }
  template <class Parse>
  auto required(const Element& in, std::string_view name, Parse parse) {
    using Value = typename decltype(parse(std::string_view{}))::value_type;
    if (!in.child(name)) refuse("no " + std::string{name});
    return optional(in, name, parse, Value{});
  }
  std::uint32_t number(const Element& in, std::string_view name, std::uint32_t otherwise = 0) {
    return optional(in, name, parse_u32, otherwise);
  }

  template <class Each>
  void each(const Element& in, std::string_view list, std::string_view element, Each take) {
    const Element* found = in.child(list);
    if (!found) return;
    for (const Element& e : found->children)
      if (e.name == element) take(e);
  }

private:
  std::string why_;
};

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return {};
}

// "4096-6143". Nothing may be bound to label 0 (RFC 3032 section 2.1).
std::optional<LabelBlock> parse_block(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto first = parse_u32(text.substr(0, dash)), last = parse_u32(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *first > *last || *last > highest_label) return {};
  return LabelBlock{*first, *last};
}

std::vector<std::uint32_t> read_numbers(Fields& fields, const Element& in, std::string_view list,
                                        std::string_view element) {
  std::vector<std::uint32_t> numbers;
  fields.each(in, list, element, [&](const Element& e) {
    if (const auto number = parse_u32(xml::trimmed(e.text)))
      numbers.push_back(*number);
    else
      fields.refuse(std::string{element} + " is not a number");
  });
  return numbers;
}

std::vector<std::uint32_t> read_security_groups(Fields& fields, const Element& entry) {
  return read_numbers(fields, entry, "security-group-list", "security-group");
}

std::vector<Encap> read_encaps(Fields& fields, const Element& hop) {
  std::vector<Encap> encaps;
  bool any = false;
  fields.each(hop, "tunnel-encapsulation-list", "tunnel-encapsulation", [&](const Element& e) {
    any = true;
    if (const auto encap = parse_encap(xml::trimmed(e.text))) encaps.push_back(*encap);
  });
  if (any && encaps.empty()) encaps.push_back(Encap::unspecified);
  return encaps;
}

IpAddr read_address(Fields& fields, const Element& hop) {
  const IpAddr address = fields.required(hop, "address", parse_ip);
  const std::uint32_t af = fields.number(hop, "af", address.is_v4() ? 1 : 2);
  if (af != (address.is_v4() ? 1u : 2u)) fields.refuse("next hop's af is not its address's");
  return address;
}

NextHop read_next_hop(Fields& fields, const Element& element) {
  NextHop hop;
  hop.address = read_address(fields, element);
  if (element.child("mac")) hop.mac = fields.required(element, "mac", parse_mac);
  hop.label = fields.number(element, "label");
  hop.l3_label = fields.number(element, "l3-label");
  hop.encaps = read_encaps(fields, element);
  hop.virtual_network = fields.text(element, "virtual-network");
  hop.tags = read_numbers(fields, element, "tag-list", "tag");
  const bool vni = std::ranges::find(hop.encaps, Encap::vxlan) != hop.encaps.end();
  if (std::max(hop.label, hop.l3_label) > (vni ? highest_vni : highest_label))
    fields.refuse("label too large");
  return hop;
}

std::vector<NextHop> read_next_hops(Fields& fields, const Element& entry, std::string_view list) {
  std::vector<NextHop> hops;
  fields.each(entry, list, "next-hop",
              [&](const Element& e) { hops.push_back(read_next_hop(fields, e)); });
  return hops;
}

void read_mobility(Fields& fields, const Element& entry, bool& sticky, std::uint32_t& sequence) {
  sequence = fields.number(entry, "sequence-number");
  const Element* mobility = entry.child("mobility");
  if (!mobility) return;
  const std::string* said_sticky = mobility->attribute("sticky");
  const std::string* said_sequence = mobility->attribute("seqno");
  const auto is_sticky = said_sticky ? parse_bool(*said_sticky) : false;
  const auto number = said_sequence ? parse_u32(*said_sequence) : sequence;
  if (!is_sticky || !number) return fields.refuse("mobility makes no sense");
  sticky = *is_sticky;
  sequence = *number;
}

LoadBalance read_load_balance(Fields& fields, const Element& entry) {
  LoadBalance choice;
  const Element* said = entry.child("load-balance");
  if (!said) return choice;
  std::uint8_t named = 0;
  fields.each(*said, "load-balance-fields", "load-balance-field-list", [&](const Element& e) {
    const auto row = std::ranges::find(hash_field_rows, xml::trimmed(e.text), &HashFieldRow::name);
    if (row == hash_field_rows.end())
      fields.refuse("load-balance-field-list is '" + std::string{xml::trimmed(e.text)} + "'");
    else
      named |= row->field;
  });
  choice.fields = some_hash_fields(named);
  const std::string_view decision = fields.text(*said, "load-balance-decision");
  choice.source_bias = decision == source_bias;
  if (!decision.empty() && decision != source_bias && decision != field_hash)
    fields.refuse("load-balance-decision is '" + std::string{decision} + "'");
  return choice;
}

const Element& read_nlri(Fields& fields, const Element& entry, Family family) {
  static const Element none;
  const Element* nlri = entry.child("nlri");
  if (!nlri) fields.refuse("no nlri");
  if (!nlri) return none;
  const FamilyRow& row = row_of(family);
  if (fields.required(*nlri, "af", parse_u32) != row.afi ||
      fields.number(*nlri, "safi", row.xmpp_safi) != row.xmpp_safi)
    fields.refuse("nlri is of another family than its node");
  return *nlri;
}

UnicastItem read_unicast(Fields& fields, const Element& entry, Family family) {
  UnicastItem item;
  item.prefix = fields.required(read_nlri(fields, entry, family), "address", parse_prefix);
  if (item.prefix.base().is_v4() != (family != Family::inet6))
    fields.refuse("prefix is of another family than its node");
  item.labeled = family == Family::inet_labeled;
  item.next_hops = read_next_hops(fields, entry, "next-hops");
  item.virtual_network = fields.text(entry, "virtual-network");
  read_mobility(fields, entry, item.sticky, item.sequence);
  item.security_groups = read_security_groups(fields, entry);
  fields.each(entry, "community-tag-list", "community-tag",
              [&](const Element& e) { item.community_tags.emplace_back(xml::trimmed(e.text)); });
  item.local_preference = fields.number(entry, "local-preference", 100);
  item.med = fields.number(entry, "med");
  item.load_balance = read_load_balance(fields, entry);
  item.sub_protocol = sub_protocol_of(fields.text(entry, "sub-protocol"));
  return item;
}

// With a MAC only host addresses make sense; agents write "none" as 0.0.0.0 or :: of any length.
IpPrefix read_host(Fields& fields, const Element& nlri, bool of_mac) {
  const IpPrefix address = fields.required(nlri, "address", parse_prefix);
  if (!of_mac) return address;
  if (address.base().zero()) return IpPrefix::host(Ip4{});
  if (address.length() != address.base().bits()) fields.refuse("a MAC with a prefix");
  return address;
}

void read_replication(Fields& fields, const Element& entry, EvpnItem& item) {
  const auto says = [&](std::string_view name) {
    return fields.optional(entry, name, parse_bool, false);
  };
  item.no_edge_replication = says("edge-replication-not-supported");
  item.assisted_replication = says("assisted-replication-supported");
  if (!entry.child("replicator-address")) return;
  item.replicator = fields.required(entry, "replicator-address", parse_ip4);
  if (*item.replicator == Ip4{}) fields.refuse("replicator-address is zero");
}

EvpnItem read_evpn(Fields& fields, const Element& entry) {
  EvpnItem item;
  const Element& nlri = read_nlri(fields, entry, Family::evpn);
  item.tag = fields.number(nlri, "ethernet-tag");
  item.mac = fields.required(nlri, "mac", parse_mac);
  item.address = read_host(fields, nlri, !item.mac.zero());
  item.next_hops = read_next_hops(fields, entry, "next-hops");
  item.olist = read_next_hops(fields, entry, "olist");
  item.leaf_olist = read_next_hops(fields, entry, "leaf-olist");
  item.virtual_network = fields.text(entry, "virtual-network");
  read_mobility(fields, entry, item.sticky, item.sequence);
  item.security_groups = read_security_groups(fields, entry);
  item.local_preference = fields.number(entry, "local-preference", 100);
  item.med = fields.number(entry, "med");
  item.etree_leaf = fields.optional(entry, "etree-leaf", parse_bool, false);
  read_replication(fields, entry, item);
  return item;
}

void read_block(Fields& fields, const Element& entry, MulticastItem& item) {
  fields.each(entry, "next-hops", "next-hop", [&](const Element& hop) {
    if (item.next_hop) return fields.refuse("more than one next hop");
    item.next_hop = read_address(fields, hop);
    item.label_block = fields.required(hop, "label", parse_block);
    item.encaps = read_encaps(fields, hop);
  });
}

MulticastItem read_multicast(Fields& fields, const Element& entry) {
  MulticastItem item;
  const Element& nlri = read_nlri(fields, entry, Family::ermvpn);
  item.group = fields.required(nlri, "group", parse_ip4);
  item.source = fields.required(nlri, "source", parse_ip4);
  item.source_label = fields.number(nlri, "source-label");
  if (item.group == Ip4{}) fields.refuse("group is zero");
  if (item.source_label > highest_label) fields.refuse("label too large");
  read_block(fields, entry, item);
  item.olist = read_next_hops(fields, entry, "olist");
  return item;
}

// The instance whose tables have no suffix of their own; its inet.0 is plain IP without labels.
bool is_master(std::string_view instance) {
  return instance.ends_with(":ip-fabric:__default__");
}

std::optional<std::string> next_hop_fault(const std::vector<NextHop>& hops, bool plain_ip) {
  if (hops.size() != 1) return "an agent has one next hop, not " + std::to_string(hops.size());
  if (hops.front().address.zero()) return "next hop is zero";
  if (plain_ip && hops.front().label != 0) return "a label in the master instance";
  if (!plain_ip && hops.front().label == 0) return "label is zero";
  return {};
}

}  // namespace

Result<Item> read_entry(const Element& entry, Family family) {
  Fields fields;
  Item item;
  if (family == Family::evpn)
    item = read_evpn(fields, entry);
  else if (family == Family::ermvpn)
    item = read_multicast(fields, entry);
  else
    item = read_unicast(fields, entry, family);
  if (!fields.ok()) return Refusal{fields.why()};
  return item;
}

std::optional<std::string> publish_fault(const Item& item, std::string_view instance) {
  if (const auto* unicast = std::get_if<UnicastItem>(&item))
    return next_hop_fault(unicast->next_hops, is_master(instance) && !unicast->labeled);
  if (const auto* evpn = std::get_if<EvpnItem>(&item))
    return next_hop_fault(evpn->next_hops, false);
  const auto& multicast = std::get<MulticastItem>(item);
  if (!multicast.next_hop || !multicast.label_block) return "no label block";
  if (multicast.next_hop->zero()) return "next hop is zero";
  return {};
}

}  // namespace tflab::xmpp
