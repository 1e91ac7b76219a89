#pragma once
// Stanzas: what an agent and a control node say to each other once their stream is open, as text
// and back. Reading never fails as a whole: what is not for us or makes no sense says so.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control-core/base/result.h"
#include "control-core/base/xml.h"
#include "control-core/types/intern.h"
#include "control-core/xmpp/item.h"

namespace tflab::xmpp {

inline constexpr std::size_t items_per_message = 32, retracts_per_message = 256;
// A message of items ends early when it has grown so long: the peer's reader has limits too.
inline constexpr std::size_t long_message = 64 * 1024;

// Who speaks to whom, without resources: "node-a" to "network-control@contrailsystems.com".
struct Ends {
  std::string from, to;
};

// From an agent; n makes the stanza's id.
std::string subscribe_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                           std::uint32_t instance_id);
std::string unsubscribe_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                             std::uint32_t instance_id);
// A route takes two stanzas: the entry under its node id, then the instance that gets or loses it.
enum class Verb : std::uint8_t { associate, dissociate };
std::string publish_text(const Ends& ends, std::uint64_t n, std::string_view node_id,
                         const Item& item);
std::string collection_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                            std::string_view node_id, Family family, Verb verb);
std::string agent_end_of_rib_text(const Ends& ends, std::uint64_t n);  // both stanzas

// From a control node. A message is a tag that names the agent and a body that does not, so that a
// body is written once for all agents that are told the same.
std::string message_tag(const Ends& ends);
// An item as it stands in a body: written once, however many bodies it is in.
struct ItemText {
  Family family;
  std::string text;
  friend bool operator==(const ItemText&, const ItemText&) = default;
};
std::size_t hash_of(const ItemText& item);
using SharedItemText = Interned<ItemText>;
using ItemTexts = InternPool<ItemText>;
SharedItemText write_item(const Item& item, ItemTexts& texts);
// Take as many from the front as one message may carry.
std::string items_body(std::string_view instance, std::span<const SharedItemText>& items);
std::string retracts_body(std::string_view instance, Family family,
                          std::span<const std::string>& ids);
std::string end_of_rib_body();

// What an agent said.
struct Subscribe {
  std::string instance;
  std::uint32_t instance_id = 0;
  bool no_ribout = false;
};
struct Unsubscribe {
  std::string instance;
};
struct Publish {
  std::string node_id;
  std::optional<Item> item{};  // nothing: refused
  std::string why{};
  std::optional<std::uint32_t> primary_instance{};
};
struct Collection {
  std::string instance, node_id;
  Verb verb = Verb::associate;
};
struct EmptyCollection {};  // the second half of an agent's end-of-rib
inline constexpr std::string_view end_of_rib_node = "0/0/EndOfRib";
struct SaidEndOfRib {};
struct NotForUs {};  // other resources and other namespaces of the same stream
struct Nonsense {
  std::string why;
};
using AgentStanza = std::variant<Subscribe, Unsubscribe, Publish, Collection, EmptyCollection,
                                 SaidEndOfRib, NotForUs, Nonsense>;
AgentStanza read_agent_stanza(const xml::Element& stanza);

// What a control node said. Items that make no sense are left out and counted.
struct RouteMessage {
  std::string instance;
  Family family = Family::inet;
  std::vector<Item> items{};
  std::vector<std::string> retracts{};
  std::uint64_t refused = 0;
};
using ControlStanza = std::variant<RouteMessage, SaidEndOfRib, NotForUs, Nonsense>;
ControlStanza read_control_stanza(const xml::Element& stanza);
bool is_for_routing(const xml::Element& stanza);  // by its address

}  // namespace tflab::xmpp
