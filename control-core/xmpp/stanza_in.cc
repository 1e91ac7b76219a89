#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/xmpp/entry.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::xmpp {
namespace {

using xml::Element;

// The original picks a receiver by what follows the first slash of `to`.
bool is_for(const Element& stanza, std::string_view resource) {
  const std::string* to = stanza.attribute("to");
  const auto slash = to ? to->find('/') : std::string::npos;
  return slash != std::string::npos && std::string_view{*to}.substr(slash + 1) == resource;
}

std::string node_of(const Element& element) {
  const std::string* node = element.attribute("node");
  return node ? *node : std::string{};
}

// "<afi>/<safi>/<rest>"; what rest means depends on who says it.
struct Node {
  Family family = Family::inet;
  std::string_view rest;
};
std::optional<Node> split_node(std::string_view node) {
  const auto first = node.find('/');
  const auto second = first == node.npos ? node.npos : node.find('/', first + 1);
  if (second == node.npos) return {};
  const auto afi = parse_u32(node.substr(0, first));
  const auto safi = parse_u32(node.substr(first + 1, second - first - 1));
  if (!afi || !safi || *afi > 0xffff || *safi > 0xff) return {};
  const auto family =
      family_of_xmpp(static_cast<std::uint16_t>(*afi), static_cast<std::uint8_t>(*safi));
  if (!family) return {};
  return Node{*family, node.substr(second + 1)};
}

// The sixth of "1/1/<instance>/<address>/<length>/<instance id>". An IPv6 route has it too.
std::optional<std::uint32_t> primary_instance_of(std::string_view node) {
  if (std::ranges::count(node, '/') != 5) return {};
  return parse_u32(node.substr(node.rfind('/') + 1));
}

// Inside subscribe or beside it: agents and the original's tests differ.
AgentStanza read_subscribe(const Element& stanza, const Element& verb) {
  Subscribe said{.instance = node_of(verb)};
  if (said.instance.empty()) return Nonsense{"a subscription to nothing"};
  const Element* options = stanza.find("options");
  if (!options) return said;
  if (const Element* id = options->child("instance-id")) {
    const auto number = parse_u32(xml::trimmed(id->text));
    if (!number) return Nonsense{"instance-id is not a number"};
    said.instance_id = *number;
  }
  if (const Element* flag = options->child("no-ribout")) {
    const std::string_view text = xml::trimmed(flag->text);
    said.no_ribout = text == "true" || text == "1";
  }
  return said;
}

Result<Item> read_item(const Element& item, const std::optional<Node>& node) {
  if (!node) return Refusal{"node id is of no family we know"};
  const Element* entry = item.child("entry");
  if (!entry) return Refusal{"an item without entry"};
  return read_entry(*entry, node->family);
}

AgentStanza read_publish(const Element& verb) {
  const auto first = std::ranges::find(verb.children, "item", &Element::name);
  if (first == verb.children.end()) return SaidEndOfRib{};
  Publish said{.node_id = node_of(verb)};
  if (std::ranges::count(verb.children, "item", &Element::name) != 1) {
    said.why = "more than one item";
    return said;
  }
  auto item = read_item(*first, split_node(said.node_id));
  if (item)
    said.item = std::move(*item);
  else
    said.why = item.why();
  said.primary_instance = primary_instance_of(said.node_id);
  return said;
}

AgentStanza read_collection(const Element& verb) {
  if (verb.children.empty()) return EmptyCollection{};
  const Element& change = verb.children.front();
  const bool associate = change.name == "associate";
  if (!associate && change.name != "dissociate") return Nonsense{"an unknown change"};
  return Collection{node_of(verb), node_of(change), associate ? Verb::associate : Verb::dissociate};
}

// <message><event><items>, from either side.
const Element* items_of(const Element& stanza) {
  const Element* event = stanza.child("event");
  return event ? event->child("items") : nullptr;
}

AgentStanza read_iq(const Element& stanza) {
  const Element* pubsub = stanza.child("pubsub");
  if (!pubsub) return NotForUs{};
  for (const Element& verb : pubsub->children) {
    if (verb.name == "subscribe") return read_subscribe(stanza, verb);
    if (verb.name == "unsubscribe") {
      if (node_of(verb).empty()) return Nonsense{"an unsubscription from nothing"};
      return Unsubscribe{node_of(verb)};
    }
    if (verb.name == "publish") return read_publish(verb);
    if (verb.name == "collection") return read_collection(verb);
  }
  return Nonsense{"a pubsub request we do not know"};
}

void read_change(const Element& change, const Node& node, RouteMessage& message) {
  const std::string* id = change.attribute("id");
  if (change.name == "retract") {
    if (id)
      message.retracts.push_back(*id);
    else
      ++message.refused;
    return;
  }
  if (change.name != "item") return;
  auto item = read_item(change, node);
  if (!item) {
    ++message.refused;
    return;
  }
  if (auto* multicast = std::get_if<MulticastItem>(&*item); multicast && id) multicast->id = *id;
  message.items.push_back(std::move(*item));
}

}  // namespace

AgentStanza read_agent_stanza(const Element& stanza) {
  if (stanza.name == "message") {
    const Element* items = items_of(stanza);
    if (items && node_of(*items) == end_of_rib_node) return SaidEndOfRib{};
    return NotForUs{};
  }
  if (stanza.name != "iq") return Nonsense{"neither iq nor message"};
  return is_for(stanza, "bgp-peer") ? read_iq(stanza) : NotForUs{};
}

bool is_for_routing(const Element& stanza) {
  return stanza.name == "message" && is_for(stanza, "bgp-peer");
}

ControlStanza read_control_stanza(const Element& stanza) {
  if (stanza.name == "iq") return NotForUs{};  // configuration
  if (stanza.name != "message") return Nonsense{"neither iq nor message"};
  if (!is_for(stanza, "bgp-peer")) return NotForUs{};
  const Element* items = items_of(stanza);
  if (!items) return Nonsense{"a message without items"};
  const std::string text = node_of(*items);
  if (text == end_of_rib_node) return SaidEndOfRib{};
  const auto node = split_node(text);
  if (!node || node->rest.empty()) return Nonsense{"items of no table we know"};
  RouteMessage message{.instance = std::string{node->rest}, .family = node->family};
  for (const Element& change : items->children) read_change(change, *node, message);
  return message;
}

}  // namespace tflab::xmpp
