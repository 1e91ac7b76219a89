#include "scenarios/generate.h"

#include <algorithm>
#include <set>

#include "control-core/base/text.h"
#include "scenarios/distribution.h"
#include "scenarios/draft.h"
#include "scenarios/names.h"
#include "scenarios/position.h"

namespace tflab::scenario {
namespace {

constexpr std::size_t most_objects = 2'000'000;

constexpr Key generator_keys[] = {
    {"kind", Key::required}, {"name", Key::required}, {"count"}, {"per"},     {"address-pool"},
    {"subnet-pool"},         {"subnet-length"},       {"pick"},  {"template"}};
constexpr Key picks[] = {{"virtual-network"}, {"virtual-router"}};
constexpr Choice<Kind> kinds[] = {{"bgp-router", Kind::bgp_router},
                                  {"virtual-router", Kind::virtual_router},
                                  {"virtual-network", Kind::virtual_network},
                                  {"virtual-machine", Kind::virtual_machine}};
constexpr std::string_view kinds_refused[] = {"physical-router", "network-policy", "prefix"};

// The key under which an object of this kind has its address; of those that have one.
constexpr std::string_view address_key(Kind kind) {
  if (kind == Kind::bgp_router) return "address";
  return kind == Kind::virtual_router ? "virtual-router-ip-address" : "";
}

// "vm-{per}-{i:02}": {i} counts from 1, {i:02} with that many digits, {per} is the owner.
struct Pattern {
  std::string text;

  std::string name(std::uint64_t i, const std::string& per) const {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
      if (end == std::string::npos) {
        out += text[at++];
        continue;
      }
      const std::string inside = text.substr(at + 1, end - at - 1);
      out += inside == "per" ? per : padded(i, inside);
      at = end + 1;
    }
    return out;
  }
  std::string wrong(bool has_owner) const {
    for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      const std::size_t end = text.find('}', at);
      const std::string inside =
          end == std::string::npos ? text.substr(at) : text.substr(at + 1, end - at - 1);
      const bool number = inside == "i" || (inside.size() == 4 && inside.starts_with("i:0") &&
                                            inside[3] >= '1' && inside[3] <= '9');
      if (inside == "per" && !has_owner) return "{per} needs \"per\"";
      if (!number && inside != "per")
        return in_quotes('{' + inside + '}') + " is not {i}, {i:04} or {per}";
    }
    return {};
  }

private:
  static std::string padded(std::uint64_t i, const std::string& inside) {
    const std::size_t digits = inside.size() == 4 ? static_cast<std::size_t>(inside[3] - '0') : 0;
    std::string out = std::to_string(i);
    if (out.size() < digits) out.insert(0, digits - out.size(), '0');
    return out;
  }
};

// Addresses of a pool one after the other, without its first and last and those that are taken.
class AddressPool {
public:
  explicit AddressPool(const IpPrefix& pool)
      : next_{pool.base().v4().raw() + 1},
        end_{pool.base().v4().raw() +
             static_cast<std::uint32_t>((1ull << (32 - pool.length())) - 1)} {}
  std::optional<Ip4> take(std::set<Ip4>& taken) {
    while (next_ < end_)
      if (const Ip4 address{next_++}; taken.insert(address).second) return address;
    return {};
  }

private:
  std::uint32_t next_, end_;
};

// An ordered object is a list that looks for a key from its front; whoever appends by the thousand
// knows already that the key is new.
void append(Json& collection, std::string name, Json value) {
  auto& members = collection.get_ref<Json::object_t&>();
  static_cast<Json::object_t::Container&>(members).emplace_back(std::move(name), std::move(value));
}

class Generators {
public:
  Generators(Json& document, Sources& sources, Faults& faults)
      : document_{document}, sources_{sources}, faults_{faults} {
    names_.add(document);
    if (const auto run = document.find("run"); run != document.end() && run->is_object())
      if (const auto seed = run->find("seed"); seed != run->end() && seed->is_number_unsigned())
        seed_ = seed->get<std::uint64_t>();
    for (const Kind kind : {Kind::bgp_router, Kind::virtual_router}) gather_addresses(kind);
  }

  void run(const Node& node) {
    Generator g{.node = node};
    if (!node.object(generator_keys) || !read(g)) return;
    Json& collection = document_[row_of(g.kind).collection];
    if (collection.is_null()) collection = Json::object();
    if (!collection.is_object()) return;  // told of by its reader
    std::vector<std::string> owners{""};
    if (g.per) owners = owners_of(g);
    Draw count{g.count, Random{seed_, node.pointer() + "/count"}};
    for (const std::string& owner : owners) {
      const std::uint64_t n = count.count();
      for (std::uint64_t i = 1; i <= n; ++i)
        if (!make(g, collection, i, owner)) return;
    }
  }

private:
  struct Pick {
    std::vector<std::string> choices;
    Draw draw;
  };
  struct Generator {
    Node node;
    Kind kind{};
    Pattern name{};
    Distribution count{};
    std::optional<Selector> per{};
    std::optional<AddressPool> addresses{};
    std::optional<IpPrefix> subnets{};
    std::uint8_t subnet_length = 24;
    std::map<std::string, Pick> picks{};
    std::uint32_t subnets_made = 0;
  };

  void gather_addresses(Kind kind) {
    const auto found = document_.find(row_of(kind).collection);
    if (found == document_.end() || !found->is_object()) return;
    for (const auto& [name, object] : found->items())
      if (object.is_object() && object.contains(address_key(kind)))
        if (const Json& text = object[std::string{address_key(kind)}]; text.is_string())
          if (const auto address = parse_ip4(text.get<std::string>())) addresses_.insert(*address);
  }

  bool read(Generator& g) {
    const auto kind = g.node.at("kind");
    const auto word = kind ? kind->one_of<Kind>(kinds, kinds_refused) : std::nullopt;
    if (!word) return false;
    g.kind = *word;
    bool good = true;
    const auto wrong = [&](const Node& at, std::string message) {
      at.fault(std::move(message));
      good = false;
    };
    take(g.node, "name", g.name.text, &Node::text);
    if (const auto per = g.node.at("per"); per && per->json().is_string()) {
      g.per = Selector::parse(per->json().get<std::string>());
      const bool owner = g.kind == Kind::virtual_machine && (g.per->kind == Kind::virtual_router ||
                                                             g.per->kind == Kind::virtual_network);
      if (!owner)
        wrong(*per,
              "\"per\" is for virtual machines, of a virtual-router:... or a "
              "virtual-network:...");
      else if (g.per->matches(names_).empty())
        wrong(*per, "selector " + in_quotes(per->json().get<std::string>()) + " matches nothing");
    } else if (per) {
      good = per->text().has_value();
    }
    if (const std::string fault = g.name.wrong(g.per.has_value()); !fault.empty())
      wrong(g.node.at("name").value_or(g.node), fault);
    if (const auto count = g.node.at("count")) {
      const auto distribution = read_distribution(*count, false);
      good &= distribution.has_value();
      g.count = distribution.value_or(Distribution{});
    }
    if (const auto object = g.node.at("template"); object && !object->json().is_object())
      wrong(*object, "expected an object, as the collection's objects are");
    return read_pools(g) && read_picks(g) && good && faults_.empty();
  }

  bool read_pools(Generator& g) {
    const auto pool = g.node.at("address-pool");
    const auto subnets = g.node.at("subnet-pool");
    const auto length = g.node.at("subnet-length");
    if (pool && address_key(g.kind).empty())
      return pool->key_fault("\"address-pool\" is for bgp-routers and virtual-routers"), false;
    if (subnets && g.kind != Kind::virtual_network)
      return subnets->key_fault("\"subnet-pool\" is for virtual-networks"), false;
    if (length && !subnets)
      return length->key_fault("\"subnet-length\" needs \"subnet-pool\""), false;
    if (pool) {
      const auto prefix = pool->prefix();
      if (!prefix) return false;
      if (!prefix->base().is_v4() || prefix->length() > 30)
        return pool->fault("a pool is an IPv4 prefix of at most 30 bits"), false;
      g.addresses.emplace(*prefix);
    }
    if (subnets) {
      g.subnets = subnets->prefix();
      take(g.node, "subnet-length", g.subnet_length, integer<8, 30>);
      if (!g.subnets) return false;
      if (!g.subnets->base().is_v4() || g.subnets->length() > g.subnet_length)
        return subnets->fault("must be IPv4 and hold subnets of " +
                              std::to_string(g.subnet_length) + " bits"),
               false;
    }
    return true;
  }

  bool read_picks(Generator& g) {
    const auto node = g.node.at("pick");
    if (!node) return true;
    if (g.kind != Kind::virtual_machine)
      return node->key_fault("\"pick\" is for virtual machines"), false;
    if (!node->object(picks)) return false;
    for (const Kind kind : {Kind::virtual_network, Kind::virtual_router}) {
      const std::string word{row_of(kind).word};
      const auto at = node->at(word);
      if (!at) continue;
      const auto how = read_distribution(*at, true);
      if (!how) return false;
      std::vector<std::string> choices;
      for (const Match& match : Selector::parse(how->over).matches(names_))
        if (match.kind == kind) choices.push_back(match.name);
      if (choices.empty())
        return at->fault("selector " + in_quotes(how->over) + " matches no " + word), false;
      Draw draw{*how, Random{seed_, at->pointer()}, choices.size()};
      g.picks.emplace(word, Pick{std::move(choices), std::move(draw)});
    }
    return true;
  }

  std::vector<std::string> owners_of(const Generator& g) const {
    std::vector<std::string> out;
    for (const Match& match : g.per->matches(names_)) out.push_back(match.name);
    return out;
  }

  // One object; false when there is no use in going on.
  bool make(Generator& g, Json& collection, std::uint64_t i, const std::string& owner) {
    std::string name = g.name.name(i, owner.substr(owner.rfind(':') + 1));
    const std::string full = full_name(g.kind, name);
    if (names_.has(g.kind, full)) {
      g.node.at("name")->fault("there is a " + std::string{row_of(g.kind).word} + ' ' +
                               in_quotes(name) + " already; tell them apart by {i} or {per}");
      return false;
    }
    if (++made_ > most_objects) {
      g.node.fault("this makes more than " + std::to_string(most_objects) + " objects");
      return false;
    }
    Json object = Json::object();
    if (const auto like = g.node.at("template")) object = like->json();
    if (!fill(g, object, owner)) return false;
    sources_.made('/' + std::string{row_of(g.kind).collection} + '/' + pointer_token(name),
                  g.node.pointer() + "/template");
    names_.add(g.kind, full);
    append(collection, std::move(name), std::move(object));
    return true;
  }

  bool fill(Generator& g, Json& object, const std::string& owner) {
    if (g.addresses) {
      const auto address = g.addresses->take(addresses_);
      if (!address) return g.node.at("address-pool")->fault("the pool is too small"), false;
      object[std::string{address_key(g.kind)}] = to_text(*address);
    }
    if (g.subnets) {
      const std::uint32_t step = 1u << (32 - g.subnet_length);
      const Ip4 base{g.subnets->base().v4().raw() + step * g.subnets_made++};
      if (!g.subnets->covers(base) || (g.subnets_made > 1 && base == g.subnets->base().v4()))
        return g.node.at("subnet-pool")->fault("the pool is too small"), false;
      object["subnets"] = Json::array({to_text(IpPrefix{base, g.subnet_length})});
    }
    if (g.kind == Kind::virtual_machine) place(g, object, owner);
    return true;
  }

  // Where a machine runs and which network it is in: by its owner, then by choice.
  void place(Generator& g, Json& object, const std::string& owner) {
    const auto put = [&](Kind kind, const std::string& name) {
      if (kind == Kind::virtual_router)
        object["virtual-router"] = name;
      else
        object["interfaces"]["eth0"]["virtual-network"] = name;
    };
    if (g.per) put(*g.per->kind, owner);
    for (auto& [word, pick] : g.picks)
      put(word == "virtual-router" ? Kind::virtual_router : Kind::virtual_network,
          pick.choices[pick.draw.choice()]);
  }

  Json& document_;
  Sources& sources_;
  Faults& faults_;
  Names names_;
  std::uint64_t seed_ = 1;
  std::set<Ip4> addresses_;
  std::size_t made_ = 0;
};

}  // namespace

void generate(Json& document, Sources& sources, Faults& faults) {
  const auto found = document.find("generate");
  if (found == document.end()) return;
  const Json generators = std::move(*found);
  document.erase("generate");
  Generators all{document, sources, faults};
  const Node node{generators, "/generate", faults};
  for (const Node& generator : node.members("an object of generators by name")) all.run(generator);
}

}  // namespace tflab::scenario
