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
    if (!lost() && announces()) check_announcement();
    if (!lost()) settle_attributes();
    if (!lost()) read_routes();
    if (lost()) out_.heard.clear();
    return std::move(out_);
  }

private:
  bool lost() const { return out_.damage == Damage::reset_session; }
  bool announces() const { return message_.reach.has_value() || !routes_.empty(); }

  // The first of the worst is what is told.
  void hurt(Damage damage, std::uint8_t subcode, Bytes quoted = {}) {
    if (damage <= out_.damage) return;
    quoted = quoted.first(std::min(quoted.size(), longest_quote));
    out_.damage = damage;
    out_.fault = {update_error, subcode, {quoted.begin(), quoted.end()}};
  }

  // Without these lengths nothing has a place (RFC 4271 section 6.3).
  void split(Bytes body) {
    Reader in{body};
    withdrawn_ = in.take(in.be16());
    attributes_ = in.take(in.be16());
    routes_ = in.take(in.left());
    if (!in.ok()) hurt(Damage::reset_session, malformed_attribute_list);
  }

  void read_attributes() {
    Reader in{attributes_};
    while (in.left() > 0 && !lost()) {
      const Bytes rest = attributes_.last(in.left());
      const std::uint8_t flags = in.u8(), code = in.u8();
      const std::size_t length = (flags & extended_length) != 0 ? in.be16() : in.u8();
      const Bytes value = in.take(length);
      if (!in.ok()) return overrun(code, rest);
      read_attribute(flags, code, value, rest.first(rest.size() - in.left()));
    }
    std::ranges::stable_sort(message_.set.carried, {}, &CarriedAttribute::code);
  }

  // What is left hides at most attributes, unless it is routes: then nobody knows which (RFC 7606
  // sections 3.j and 4).
  void overrun(std::uint8_t code, Bytes rest) {
    const bool hides_routes = code == mp_reach_code || code == mp_unreach_code;
    hurt(hides_routes ? Damage::reset_session : Damage::treat_as_withdraw, attribute_length, rest);
  }

  void read_attribute(std::uint8_t flags, std::uint8_t code, Bytes value, Bytes whole) {
    const AttributeRow* row = attribute_row(code);
    const bool again = seen_.test(code);
    seen_.set(code);
    if (again) return repeated(row);
    if (row == nullptr) return unknown(flags, code, value, whole);
    if ((flags & kind_flags) != row->flags) return hurt(row->wrong_flags, attribute_flags, whole);
    if (row->scope == Scope::internal && !message_.dialect.ibgp)
      return hurt(Damage::discard_attribute, optional_attribute, whole);
    Reader in{value};
    const bool sound = row->read(in, message_) && in.done();
    if (!sound) return hurt(row->malformed, optional_attribute, whole);
    if (row->use == Use::carried) carry(flags, code, value);
  }

  // The first one counts, unless it carries routes (RFC 7606 section 3.g).
  void repeated(const AttributeRow* row) {
    if (row != nullptr && row->malformed == Damage::reset_session)
      hurt(Damage::reset_session, malformed_attribute_list);
  }

  // RFC 4271 section 5: what is optional and transitive goes on, marked as passed through hands
  // that did not know it; what is not transitive ends here.
  void unknown(std::uint8_t flags, std::uint8_t code, Bytes value, Bytes whole) {
    if ((flags & optional) == 0) return hurt(Damage::reset_session, unrecognized_well_known, whole);
    if ((flags & transitive) != 0) carry(flags | partial, code, value);
  }

  void carry(unsigned flags, std::uint8_t code, Bytes value) {
    const auto as_passed_on = static_cast<std::uint8_t>(flags & ~unsigned{extended_length});
    message_.set.carried.push_back({code, as_passed_on, {value.begin(), value.end()}});
  }

  // RFC 7606 section 3.d; NEXT_HOP only for routes in the classic field.
  void check_announcement() {
    const bool complete = seen_.test(origin_code) && seen_.test(as_path_code) &&
                          (routes_.empty() || seen_.test(next_hop_code));
    if (!complete) hurt(Damage::treat_as_withdraw, missing_well_known);
    const auto& reach = message_.reach;
    const bool nowhere =
        (!routes_.empty() && !message_.next_hop) || (reach && reach->family && !reach->next_hop);
    if (nowhere) hurt(Damage::treat_as_withdraw, invalid_next_hop);
    // A neighbour in another AS must have put itself in (RFC 4271 section 5.1.2).
    if (!message_.dialect.ibgp && message_.set.as_path.empty())
      hurt(Damage::treat_as_withdraw, malformed_as_path);
  }

  // What depends on two attributes at once.
  void settle_attributes() {
    Attributes& set = message_.set;
    if (set.pmsi_tunnel)
      set.pmsi_tunnel->label = label_of_wire(set.pmsi_tunnel->label, says_vxlan(set));
    merge_four_octets();
    // RFC 9774 section 3: sets are of the past.
    if (set.as_path.has_sets()) hurt(Damage::treat_as_withdraw, malformed_as_path);
  }

  // RFC 6793 section 4.2.3: a two-octet aggregator means the path was rewritten after AS4_PATH.
  void merge_four_octets() {
    Attributes& set = message_.set;
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
    announce(Family::inet, message_.next_hop, routes_, invalid_network);
  }

  // RFC 4724 section 2: an UPDATE that says nothing, in the classic form or for one family.
  bool end_of_rib() {
    if (out_.damage != Damage::none || !withdrawn_.empty() || !routes_.empty()) return false;
    const auto& unreach = message_.unreach;
    const bool bare_unreach = unreach && unreach->routes.empty() && seen_.count() == 1;
    if (!attributes_.empty() && !bare_unreach) return false;
    const auto family = attributes_.empty() ? Family::inet : unreach->family;
    if (family && speaks(*family)) out_.heard.push_back({*family, {}, {}, true});
    return true;
  }

  bool speaks(Family family) const {
    return std::ranges::find(message_.spoken, family) != message_.spoken.end();
  }

  // The routes of a field. If where one of them ends cannot be told, neither can the rest be found
  // (RFC 7606 section 5.3).
  Routes routes_of(NlriContext context, Bytes field, std::uint8_t subcode) {
    const auto counted = count_routes(context, field);
    if (!counted) {
      hurt(Damage::reset_session, subcode);
      return {};
    }
    out_.routes_ignored += static_cast<unsigned>(counted->ignored);
    return {context, field, counted->good};
  }

  void withdraw(Family family, Bytes field, std::uint8_t subcode) {
    if (field.empty() || lost() || !speaks(family)) return;
    hear(family, {}, routes_of({family, false, true}, field, subcode));
  }

  void announce(Family family, std::optional<IpAddr> next_hop, Bytes field, std::uint8_t subcode) {
    if (out_.damage == Damage::treat_as_withdraw) return withdraw(family, field, subcode);
    if (field.empty() || lost() || !speaks(family)) return;
    const bool vxlan = family == Family::evpn && says_vxlan(message_.set);
    Routes routes = routes_of({family, vxlan, false}, field, subcode);
    if (routes.empty()) return;
    Attributes set = message_.set;
    set.next_hop = *next_hop;
    hear(family, pool_.intern(std::move(set)), std::move(routes));
  }

  void hear(Family family, AttributesRef attributes, Routes routes) {
    if (!routes.empty())
      out_.heard.push_back({family, std::move(attributes), std::move(routes), false});
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
