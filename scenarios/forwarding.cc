#include "scenarios/forwarding.h"

#include <algorithm>
#include <set>

#include "control-core/base/text.h"
#include "scenarios/observe.h"

namespace tflab::scenario {
namespace {

using introspect::Tree;

unsigned index_of(const Tree& row, std::string_view field) {
  return static_cast<unsigned>(number_of(row, field));
}

IpAddr address_of(const Tree& row, std::string_view field) {
  return parse_ip(introspect::text_of(row, field)).value_or(IpAddr{});
}

std::string tunnel_of(std::string_view flags) {
  if (flags.find("TUNNEL_GRE") != std::string_view::npos) return "MPLSoGRE";
  if (flags.find("TUNNEL_MPLS_UDP") != std::string_view::npos) return "MPLSoUDP";
  if (flags.find("TUNNEL_VXLAN") != std::string_view::npos) return "VXLAN";
  return {};
}

std::optional<IpPrefix> prefix_of(const Tree& row, std::string_view base, std::string_view length) {
  const auto address = parse_ip(introspect::text_of(row, base));
  const auto bits = number_of(row, length);
  if (!address || bits > address->bits()) return {};
  return IpPrefix{*address, static_cast<std::uint8_t>(bits)};
}

void read_vifs(const Tree& page, Fib& fib) {
  for (const Tree* row : introspect::all(page, "KInterfaceInfo")) {
    fib.vifs[index_of(*row, "idx")] = {string_of(*row, "name"), string_of(*row, "type"),
                                       string_of(*row, "mac")};
    if (introspect::text_of(*row, "type") == "HOST") fib.address = address_of(*row, "ip");
  }
}

void read_nexthops(const Tree& page, Fib& fib) {
  for (const Tree* row : introspect::all(page, "KNHInfo")) {
    FibNexthop nexthop;
    nexthop.type = string_of(*row, "type");
    nexthop.out = index_of(*row, "encap_oif_id");
    nexthop.dst = string_of(*row, "encap_dst");
    nexthop.tunnel = tunnel_of(introspect::text_of(*row, "flags"));
    nexthop.sip = address_of(*row, "tun_sip");
    nexthop.dip = address_of(*row, "tun_dip");
    nexthop.vrf = index_of(*row, "vrf");
    fib.nexthops[index_of(*row, "id")] = std::move(nexthop);
  }
}

void read_routes(const Tree& page, Fib& fib) {
  for (const Tree* row : introspect::all(page, "KRouteInfo")) {
    const auto prefix = prefix_of(*row, "prefix", "prefix_len");
    if (!prefix) continue;
    FibRoute route{index_of(*row, "nh_id"), {}};
    if (introspect::text_of(*row, "label_flags").find('L') != std::string_view::npos)
      route.label = index_of(*row, "label");
    fib.routes[index_of(*row, "vrf_id")][*prefix] = route;
  }
}

}  // namespace

const FibNexthop* Fib::nexthop(std::uint32_t id) const {
  const auto found = nexthops.find(id);
  return found == nexthops.end() ? nullptr : &found->second;
}

const FibRoute* Fib::lookup(unsigned vrf, const IpAddr& to) const {
  const auto table = routes.find(vrf);
  if (table == routes.end()) return nullptr;
  for (unsigned length = to.bits() + 1; length-- > 0;) {
    const auto found = table->second.find(IpPrefix{to, static_cast<std::uint8_t>(length)});
    if (found != table->second.end()) return &found->second;
  }
  return nullptr;
}

std::string Fib::vrf_name(unsigned vrf) const {
  const auto found = vrfs.find(vrf);
  return found == vrfs.end() ? "vrf " + std::to_string(vrf) : found->second;
}

std::optional<Fib> read_fib(Pages& lab, const NodeRef& vrouter) {
  const auto vifs = lab.page(vrouter, "KInterfaceReq", {});
  const auto nexthops = lab.page(vrouter, "KNHReq", {});
  const auto routes = lab.page(vrouter, "KRouteReq", {});
  const auto labels = lab.page(vrouter, "KMplsReq", {});
  if (!vifs || !nexthops || !routes || !labels) return {};
  Fib fib;
  fib.vrouter = vrouter.name;
  read_vifs(*vifs, fib);
  read_nexthops(*nexthops, fib);
  read_routes(*routes, fib);
  for (const Tree* row : introspect::all(*labels, "KMplsInfo"))
    fib.labels.emplace_back(index_of(*row, "label"), index_of(*row, "nhid"));
  fib.vrfs = vrf_names(lab, vrouter);
  if (const auto cache = lab.page(vrouter, "ShowArpCache", {}))
    for (const Tree* row : introspect::all(*cache, "ArpSandeshData"))
      fib.neighbours.push_back(address_of(*row, "ip"));
  return fib;
}

std::map<unsigned, std::string> vrf_names(Pages& lab, const NodeRef& vrouter) {
  std::map<unsigned, std::string> names;
  if (const auto vrfs = lab.page(vrouter, "VrfListReq", {}))
    for (const Tree* row : introspect::all(*vrfs, "VrfSandeshData"))
      names[index_of(*row, "ucindex")] = string_of(*row, "name");
  return names;
}

std::optional<Fib> Lab::fib(const NodeRef& vrouter) {
  return read_fib(*this, vrouter);
}

std::vector<Fib> read_fibs(Pages& lab) {
  std::vector<Fib> out;
  for (const NodeRef& node : nodes_of(lab, NodeRef::vrouter))
    if (auto fib = read_fib(lab, node)) out.push_back(std::move(*fib));
  return out;
}

std::string describe(const Fib& fib, std::uint32_t id) {
  const FibNexthop* nexthop = fib.nexthop(id);
  if (nexthop == nullptr) return "discard";  // 0, the built-in one
  const auto vif = fib.vifs.find(nexthop->out);
  const std::string out =
      vif == fib.vifs.end() ? "vif " + std::to_string(nexthop->out) : vif->second.name;
  if (nexthop->type == "TUNNEL")
    return "tunnel " + nexthop->tunnel + ' ' + to_text(nexthop->sip) + " > " +
           to_text(nexthop->dip);
  if (nexthop->type ==
      "ENCAP")  // a neighbour's MAC differs from host to host, a machine's does not
    return "interface " + out +
           (vif != fib.vifs.end() && vif->second.type == "VIRTUAL" ? ' ' + nexthop->dst : "");
  if (nexthop->type == "RECEIVE") return "receive " + out;
  if (nexthop->type == "VRF_TRANSLATE") return "vrf " + fib.vrf_name(nexthop->vrf);
  std::string word = nexthop->type;
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return word;
}

namespace {

// Follows one packet. The same node and table twice is a loop, since nothing in a packet but its
// TTL changes on the way.
class Walk {
public:
  explicit Walk(const std::vector<Fib>& fibs) : fibs_{fibs} {}

  // A sentence when it does not end.
  std::optional<std::string> from(const Fib& fib, unsigned vrf, const IpAddr& to) {
    seen_.clear();
    path_.clear();
    to_ = to;
    look_up(fib, vrf);
    while (next_ && !looped_) step();
    const bool loop = looped_;
    next_ = {};
    looped_ = false;
    if (!loop) return {};
    return "a packet to " + to_text(to) + " goes round: " + path_;
  }

private:
  static constexpr std::size_t hops_max = 64;
  struct At {
    const Fib* fib;
    std::uint32_t nexthop;
    std::optional<std::uint32_t> label;
  };

  void look_up(const Fib& fib, unsigned vrf) {
    path_ += (path_.empty() ? "" : " -> ") + fib.vrouter + ' ' + fib.vrf_name(vrf);
    looped_ = !seen_.insert({&fib - fibs_.data(), vrf}).second || seen_.size() > hops_max;
    const FibRoute* route = fib.lookup(vrf, to_);
    next_ = route == nullptr ? std::nullopt : std::optional{At{&fib, route->nexthop, route->label}};
  }

  void step() {
    const At at = *next_;
    next_ = {};
    const FibNexthop* nexthop = at.fib->nexthop(at.nexthop);
    if (nexthop == nullptr) return;
    if (nexthop->type == "VRF_TRANSLATE") return look_up(*at.fib, nexthop->vrf);
    if (nexthop->type == "TUNNEL") return arrive(nexthop->dip, at.label);
    if (nexthop->type == "ENCAP") return leave(*at.fib, *nexthop);
  }

  // Out of the far end of a tunnel: the label says what next, without another lookup.
  void arrive(const IpAddr& address, std::optional<std::uint32_t> label) {
    const auto fib = std::ranges::find(fibs_, address, &Fib::address);
    if (fib == fibs_.end() || !label) return;
    const auto bound =
        std::ranges::find(fib->labels, *label, &std::pair<std::uint32_t, std::uint32_t>::first);
    if (bound == fib->labels.end()) return;
    path_ += " -> " + fib->vrouter + " label " + std::to_string(*label);
    if (++labels_followed_ > hops_max) looped_ = true;
    next_ = At{&*fib, bound->second, {}};
  }

  // Natively onto the underlay: whose MAC it is takes it. Not a vrouter's: gone for good.
  void leave(const Fib& from, const FibNexthop& nexthop) {
    const auto vif = from.vifs.find(nexthop.out);
    if (vif == from.vifs.end() || vif->second.type != "PHYSICAL") return;
    for (const Fib& fib : fibs_)
      for (const auto& [index, own] : fib.vifs)
        if (own.type == "PHYSICAL" && own.mac == nexthop.dst) return look_up(fib, 0);
  }

  const std::vector<Fib>& fibs_;
  IpAddr to_;
  std::set<std::pair<std::ptrdiff_t, unsigned>> seen_;
  std::size_t labels_followed_ = 0;
  std::string path_;
  std::optional<At> next_;
  bool looped_ = false;
};

}  // namespace

std::vector<std::string> forwarding_loops(const std::vector<Fib>& fibs) {
  std::vector<std::string> out;
  for (const Fib& fib : fibs)
    for (const auto& [vrf, table] : fib.routes)
      for (const auto& [prefix, route] : table)
        if (auto loop = Walk{fibs}.from(fib, vrf, prefix.base())) out.push_back(std::move(*loop));
  return out;
}

std::vector<std::string> label_faults(const std::vector<Fib>& fibs) {
  constexpr std::uint32_t first_free = 16;  // RFC 3032 section 2.1: 0 to 15 are reserved
  std::vector<std::string> out;
  for (const Fib& fib : fibs) {
    std::map<std::uint32_t, std::uint32_t> seen;
    for (const auto& [label, nexthop] : fib.labels) {
      const std::string who = fib.vrouter + ": label " + std::to_string(label);
      const auto [first, fresh] = seen.emplace(label, nexthop);
      if (!fresh && first->second != nexthop)
        out.push_back(who + " names " + describe(fib, first->second) + " and " +
                      describe(fib, nexthop));
      if (label < first_free) out.push_back(who + " is a reserved number");
      if (fib.nexthop(nexthop) == nullptr) out.push_back(who + " leads nowhere");
    }
  }
  return out;
}

namespace {

// What the agent decided for a prefix: its first path is the one that forwards.
std::map<IpPrefix, std::uint32_t> agent_routes(Lab& lab, const NodeRef& node, unsigned vrf) {
  std::map<IpPrefix, std::uint32_t> out;
  for (const Tree& page :
       batches(lab, node, "Inet4UcRouteReq", {{"vrf_index", std::to_string(vrf)}}))
    for (const Tree* row : introspect::all(page, "RouteUcSandeshData"))
      if (const auto prefix = prefix_of(*row, "src_ip", "src_plen")) {
        const Tree* nexthop = introspect::find(*row, "NhSandeshData");
        out[*prefix] = nexthop == nullptr ? 0 : index_of(*nexthop, "nh_index");
      }
  return out;
}

void compare_vrf(const Fib& fib, unsigned vrf, const std::map<IpPrefix, std::uint32_t>& decided,
                 std::vector<std::string>& out) {
  static const std::map<IpPrefix, FibRoute> none;
  const auto table = fib.routes.find(vrf);
  const auto& programmed = table == fib.routes.end() ? none : table->second;
  const std::string where = fib.vrouter + ' ' + fib.vrf_name(vrf) + ' ';
  for (const auto& [prefix, nexthop] : decided) {
    const auto found = programmed.find(prefix);
    if (nexthop == 0) continue;  // waits for something; nothing to forward by
    if (found == programmed.end())
      out.push_back(where + to_text(prefix) + " is not in the forwarding table");
    else if (found->second.nexthop != nexthop)
      out.push_back(where + to_text(prefix) + " forwards to " +
                    describe(fib, found->second.nexthop) + " instead of " + describe(fib, nexthop));
  }
  for (const auto& [prefix, route] : programmed)
    if (prefix.base().is_v4() && !decided.contains(prefix))
      out.push_back(where + to_text(prefix) + " is forwarded by, but the agent has no such route");
}

}  // namespace

std::vector<std::string> fib_against_rib(Lab& lab) {
  std::vector<std::string> out;
  for (const NodeRef& node : nodes_of(lab, NodeRef::vrouter)) {
    const auto fib = read_fib(lab, node);
    if (!fib) continue;
    std::set<unsigned> vrfs;
    for (const auto& [vrf, name] : fib->vrfs) vrfs.insert(vrf);
    for (const auto& [vrf, table] : fib->routes) vrfs.insert(vrf);
    for (const unsigned vrf : vrfs) compare_vrf(*fib, vrf, agent_routes(lab, node, vrf), out);
  }
  return out;
}

}  // namespace tflab::scenario
