#include "control-core/bgp/update.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "control-core/bgp/as_path.h"
#include "control-core/bgp/attribute.h"
#include "control-core/bgp/nlri.h"
#include "control-core/bgp/open.h"

namespace tflab::bgp {
namespace {

constexpr std::uint8_t kind_flags = optional | transitive;
constexpr std::size_t longest_quote = 512;  // of an attribute, in a NOTIFICATION

// One message on its way from octets to updates.
class Decoder {
public:
  Decoder(Dialect dialect, std::span<const Family> spoken, AttributePool& pool) : pool_{pool} {
    message_.dialect = dialect;
    message_.spoken = spoken;
  }

  Decoded run(Bytes body) {
    split(body);
    if (!lost()) read_attributes();
    if (!lost() && announces()) check_mandatory();
    if (!lost()) settle_attributes();
    if (!lost()) read_routes();
    if (lost()) out_.updates.clear();
    return std::move(out_);
  }

private:
  bool lost() const { return out_.damage == Damage::reset_session; }
  bool announces() const { return message_.reach.has_value() || !routes_.empty(); }

  void hurt(Damage damage) { out_.damage = std::max(out_.damage, damage); }
  void refuse(std::uint8_t subcode, Bytes quoted = {}) {
    quoted = quoted.first(std::min(quoted.size(), longest_quote));
    out_.damage = Damage::reset_session;
    out_.fault = {update_error, subcode, {quoted.begin(), quoted.end()}};
  }

  // Without these lengths nothing has a place (RFC 4271 section 6.3).
  void split(Bytes body) {
    Reader in{body};
    withdrawn_ = in.take(in.be16());
    attributes_ = in.take(in.be16());
    routes_ = in.take(in.left());
    if (!in.ok()) refuse(malformed_attribute_list);
  }

  void read_attributes() {
    Reader in{attributes_};
    while (in.left() > 0 && !lost()) {
      const Bytes rest = attributes_.last(in.left());
      const std::uint8_t flags = in.u8(), code = in.u8();
      const std::size_t length = (flags & extended_length) != 0 ? in.be16() : in.u8();
      const Bytes value = in.take(length);
      // What is left hides at most attributes; where the routes stand is known (RFC 7606 section
      // 4).
      if (!in.ok()) return hurt(Damage::treat_as_withdraw);
      read_attribute(flags, code, value, rest.first(rest.size() - in.left()));
    }
  }

  void read_attribute(std::uint8_t flags, std::uint8_t code, Bytes value, Bytes whole) {
    const AttributeRow* row = attribute_row(code);
    if (row == nullptr) {
      if ((flags & optional) == 0) refuse(unrecognized_well_known, whole);
      return;  // unknown and optional: not passed on
    }
    if (seen_.test(code)) return repeated(*row);
    seen_.set(code);
    if (row->internal_only && !message_.dialect.ibgp) return;
    if ((flags & kind_flags) != row->flags) return malformed(*row, attribute_flags, whole);
    Reader in{value};
    const bool sound = row->read(in, message_) && in.ok() && in.left() == 0;
    if (!sound) malformed(*row, optional_attribute, whole);
  }

  // The first one counts, unless it carries routes (RFC 7606 section 3.g).
  void repeated(const AttributeRow& row) {
    if (row.damage == Damage::reset_session) refuse(malformed_attribute_list);
  }

  void malformed(const AttributeRow& row, std::uint8_t subcode, Bytes whole) {
    if (row.damage == Damage::reset_session) return refuse(subcode, whole);
    hurt(row.damage);
  }

  // RFC 7606 section 3.d; NEXT_HOP only for routes in the classic field.
  void check_mandatory() {
    constexpr std::uint8_t origin = 1, as_path = 2, next_hop = 3;
    const bool complete =
        seen_.test(origin) && seen_.test(as_path) && (routes_.empty() || seen_.test(next_hop));
    if (!complete) hurt(Damage::treat_as_withdraw);
    // A neighbour in another AS must have put itself in (RFC 4271 section 5.1.2).
    if (!message_.dialect.ibgp && message_.set.as_path.empty()) hurt(Damage::treat_as_withdraw);
  }

  // What depends on two attributes at once.
  void settle_attributes() {
    Attributes& set = message_.set;
    if (set.pmsi_tunnel)
      set.pmsi_tunnel->label = label_of_wire(set.pmsi_tunnel->label, says_vxlan(set));
    // RFC 6793 section 4.2.3: a two-octet aggregator means the path was rewritten after AS4_PATH.
    if (set.aggregator && message_.as4_aggregator) {
      if (set.aggregator->as != as_trans) return;
      set.aggregator = message_.as4_aggregator;
    }
    if (message_.as4_path) set.as_path = merged(set.as_path, *message_.as4_path);
  }

  void read_routes() {
    if (end_of_rib()) return;
    const auto& reach = message_.reach;
    const auto& unreach = message_.unreach;
    withdraw(Family::inet, withdrawn_, invalid_network);
    if (unreach && unreach->family) withdraw(*unreach->family, unreach->routes, optional_attribute);
    if (reach && reach->family)
      announce(*reach->family, reach->next_hop, reach->routes, optional_attribute);
    announce(Family::inet, message_.next_hop.value_or(Ip4{}), routes_, invalid_network);
  }

  // RFC 4724 section 2: an UPDATE that says nothing, in the classic form or for one family.
  bool end_of_rib() {
    if (out_.damage != Damage::none || !withdrawn_.empty() || !routes_.empty()) return false;
    const auto& unreach = message_.unreach;
    const bool bare_unreach = unreach && unreach->routes.empty() && seen_.count() == 1;
    if (!attributes_.empty() && !bare_unreach) return false;
    const auto family = attributes_.empty() ? Family::inet : unreach->family;
    if (family && speaks(*family)) {
      Update update;
      update.family = *family;
      update.end_of_rib = true;
      out_.updates.push_back(std::move(update));
    }
    return true;
  }

  bool speaks(Family family) const {
    return std::ranges::find(message_.spoken, family) != message_.spoken.end();
  }

  std::vector<Reach> parse(NlriContext context, Bytes field, std::uint8_t subcode) {
    std::vector<Reach> found;
    Reader in{field};
    while (in.left() > 0) {
      Reach route;
      const NlriRead verdict = read_nlri(in, context, route);
      if (verdict == NlriRead::broken) {
        refuse(subcode);  // RFC 7606 section 5.3: the rest of the field cannot be found
        return {};
      }
      if (verdict == NlriRead::ignored)
        ++out_.routes_ignored;
      else
        found.push_back(route);
    }
    return found;
  }

  void withdraw(Family family, Bytes field, std::uint8_t subcode) {
    if (field.empty() || lost() || !speaks(family)) return;
    add_withdrawals(family, parse({family, false, true}, field, subcode));
  }

  void add_withdrawals(Family family, const std::vector<Reach>& routes) {
    if (routes.empty()) return;
    Update update;
    update.family = family;
    for (const Reach& route : routes) update.unreach.push_back(route.nlri);
    out_.updates.push_back(std::move(update));
  }

  void announce(Family family, const IpAddr& next_hop, Bytes field, std::uint8_t subcode) {
    if (field.empty() || lost() || !speaks(family)) return;
    const bool vxlan = family == Family::evpn && says_vxlan(message_.set);
    std::vector<Reach> routes = parse({family, vxlan, false}, field, subcode);
    if (routes.empty()) return;
    if (out_.damage == Damage::treat_as_withdraw) return add_withdrawals(family, routes);
    Attributes set = message_.set;
    set.next_hop = next_hop;
    Update update;
    update.family = family;
    update.attributes = pool_.intern(std::move(set));
    update.reach = std::move(routes);
    out_.updates.push_back(std::move(update));
  }

  AttributePool& pool_;
  Incoming message_;
  Decoded out_;
  Bytes withdrawn_, attributes_, routes_;
  std::bitset<256> seen_;
};

}  // namespace

Decoded decode_update(Bytes body, Dialect dialect, std::span<const Family> spoken,
                      AttributePool& pool) {
  return Decoder{dialect, spoken, pool}.run(body);
}

}  // namespace tflab::bgp
