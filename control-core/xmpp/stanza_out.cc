#include "control-core/base/digest.h"
#include "control-core/xmpp/entry.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::xmpp {
namespace {

using xml::Writer;

constexpr std::string_view pubsub_name_space = "http://jabber.org/protocol/pubsub";
constexpr std::string_view resource = "/bgp-peer";
constexpr std::size_t around_items = 512;  // octets of a body, mostly less

// <iq ...><pubsub ...>, both left open.
void open_iq(Writer& out, const Ends& ends, std::string_view id) {
  out.open("iq").attribute("type", "set").attribute("from", ends.from);
  out.attribute("to", ends.to + std::string{resource}).attribute("id", id);
  out.open("pubsub").attribute("xmlns", pubsub_name_space);
}

std::string membership_text(const Ends& ends, std::uint64_t n, std::string_view verb,
                            std::string_view instance, std::uint32_t instance_id) {
  std::string text;
  Writer out{text};
  open_iq(out, ends, "subscribe" + std::to_string(n));
  out.open(verb).attribute("node", instance).open("options");
  out.leaf("instance-id", std::to_string(instance_id)).close().close();
  out.close().close();
  return text;
}

std::string_view publish_id(Family family) {
  return family == Family::evpn ? "pubsub_l2" : family == Family::ermvpn ? "pubsub_b" : "pubsub";
}
std::string_view collection_id(Family family) {
  return family == Family::evpn ? "collection_l2" : "collection";
}
std::string numbered(std::string_view id, std::uint64_t n) {
  return std::string{id} + std::to_string(n);
}

// <event ...><items ...>, both left open; close_body() closes the message, too.
void open_body(Writer& out, std::string_view node) {
  out.open("event").attribute("xmlns", pubsub_name_space).open("items").attribute("node", node);
}
void close_body(Writer& out, std::string& text) {
  out.close().close();
  text += "</message>";
}

std::string table_node(std::string_view instance, Family family) {
  const FamilyRow& row = row_of(family);
  std::string node = std::to_string(row.afi) + '/' + std::to_string(row.xmpp_safi) + '/';
  return node.append(instance);
}

}  // namespace

std::string subscribe_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                           std::uint32_t instance_id) {
  return membership_text(ends, n, "subscribe", instance, instance_id);
}

std::string unsubscribe_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                             std::uint32_t instance_id) {
  return membership_text(ends, n, "unsubscribe", instance, instance_id);
}

std::string publish_text(const Ends& ends, std::uint64_t n, std::string_view node_id,
                         const Item& item) {
  std::string text;
  Writer out{text};
  open_iq(out, ends, numbered(publish_id(family_of(item)), n));
  out.open("publish").attribute("node", node_id).open("item");
  write_entry(out, item, Speaker::agent);
  out.close().close().close().close();
  return text;
}

std::string collection_text(const Ends& ends, std::uint64_t n, std::string_view instance,
                            std::string_view node_id, Family family, Verb verb) {
  std::string text;
  Writer out{text};
  open_iq(out, ends, numbered(collection_id(family), n));
  out.open("collection").attribute("node", instance);
  out.open(verb == Verb::associate ? "associate" : "dissociate").attribute("node", node_id);
  out.close_empty().close().close().close();
  return text;
}

std::string agent_end_of_rib_text(const Ends& ends, std::uint64_t n) {
  std::string text;
  Writer out{text};
  open_iq(out, ends, numbered("pubsub", n));
  out.open("publish").attribute("node", end_of_rib_node).close().close().close();
  open_iq(out, ends, numbered("collection", n));
  out.open("collection").attribute("node", end_of_rib_node).close().close().close();
  return text;
}

std::string message_tag(const Ends& ends) {
  std::string text;
  Writer out{text};
  out.open("message").attribute("from", ends.from);
  out.attribute("to", ends.to + std::string{resource}).close_empty(">");
  return text;
}

std::size_t hash_of(const ItemText& item) {
  return digest_of(std::as_bytes(std::span{item.text}));
}

SharedItemText write_item(const Item& item, ItemTexts& texts) {
  ItemText out{family_of(item), {}};
  Writer writer{out.text};
  writer.open("item").attribute("id", id_of(item));
  write_entry(writer, item, Speaker::control_node);
  writer.close();
  out.text.shrink_to_fit();
  return texts.intern(std::move(out));
}

std::string items_body(std::string_view instance, std::span<const SharedItemText>& items) {
  std::string text;
  std::size_t octets = around_items;
  for (const SharedItemText& item : items.first(std::min(items.size(), items_per_message)))
    octets += item->text.size();
  text.reserve(octets);
  Writer out{text};
  const Family family = items.front()->family;
  open_body(out, table_node(instance, family));
  for (std::size_t n = 0; n < items_per_message && text.size() < long_message; ++n) {
    if (items.empty() || items.front()->family != family) break;
    out.written(items.front()->text);
    items = items.subspan(1);
  }
  close_body(out, text);
  return text;
}

std::string retracts_body(std::string_view instance, Family family,
                          std::span<const std::string>& ids) {
  std::string text;
  Writer out{text};
  open_body(out, table_node(instance, family));
  const auto batch = ids.first(std::min(ids.size(), retracts_per_message));
  for (const std::string& id : batch) out.open("retract").attribute("id", id).close_empty(" />");
  ids = ids.subspan(batch.size());
  close_body(out, text);
  return text;
}

std::string end_of_rib_body() {
  std::string text;
  Writer out{text};
  open_body(out, end_of_rib_node);
  close_body(out, text);
  return text;
}

}  // namespace tflab::xmpp
