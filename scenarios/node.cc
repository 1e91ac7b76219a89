#include "scenarios/node.h"

#include <algorithm>
#include <cmath>

#include "control-core/base/text.h"
#include "scenarios/units.h"

namespace tflab::scenario {
namespace {

bool extension(std::string_view key) {
  return key.starts_with("x-") || key.starts_with("//");
}

std::string shown_pointer(const std::string& pointer) {
  return pointer.empty() ? "the file" : pointer;
}

std::string_view kind_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

}  // namespace

std::string Node::name() const {
  std::string out;
  const std::string_view token = std::string_view{pointer_}.substr(pointer_.rfind('/') + 1);
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~')
      out += token[i];
    else
      out += token[++i] == '1' ? '/' : '~';
  }
  return out;
}

void Node::wrong_type(std::string_view wanted) const {
  fault("expected " + std::string{wanted} + ", found " + std::string{kind_of(*json_)});
}

void Node::wrong_word(std::string_view word, std::span<const std::string_view> known,
                      std::span<const std::string_view> refused) const {
  if (std::ranges::find(refused, word) != refused.end())
    fault(in_quotes(word) + " is " + std::string{not_supported} + "; use " + one_of_text(known));
  else
    fault(in_quotes(word) + " is not one of " + one_of_text(known) + did_you_mean(word, known));
}

bool Node::object(std::span<const Key> keys) const {
  if (!json_->is_object()) {
    wrong_type("an object");
    return false;
  }
  std::vector<std::string_view> known;
  for (const Key& key : keys)
    if (key.use != Key::refused) known.push_back(key.name);
  for (const auto& [name, value] : json_->items()) {
    if (extension(name)) continue;
    const auto key = std::ranges::find(keys, name, &Key::name);
    const Node member{value, pointer_ + '/' + pointer_token(name), *faults_};
    if (key == keys.end())
      member.key_fault("unknown key " + in_quotes(name) + " in " + shown_pointer(pointer_) +
                       did_you_mean(name, known));
    else if (key->use == Key::refused)
      member.key_fault("key " + in_quotes(name) + " is " + std::string{not_supported} +
                       "; take it out");
  }
  for (const Key& key : keys)
    if (key.use == Key::required && !json_->contains(key.name))
      fault("key " + in_quotes(key.name) + " is missing in " + shown_pointer(pointer_));
  return true;
}

std::optional<Node> Node::at(std::string_view key) const {
  if (!json_->is_object()) return {};
  const auto found = json_->find(key);
  if (found == json_->end()) return {};
  return Node{*found, pointer_ + '/' + pointer_token(key), *faults_};
}

std::vector<Node> Node::members(std::string_view what) const {
  std::vector<Node> out;
  if (!json_->is_object()) {
    wrong_type(what);
    return out;
  }
  for (const auto& [name, value] : json_->items())
    out.emplace_back(value, pointer_ + '/' + pointer_token(name), *faults_);
  return out;
}

std::vector<Node> Node::elements(std::string_view what) const {
  std::vector<Node> out;
  if (!json_->is_array()) {
    wrong_type(what);
    return out;
  }
  for (std::size_t i = 0; i < json_->size(); ++i)
    out.emplace_back((*json_)[i], pointer_ + '/' + std::to_string(i), *faults_);
  return out;
}

std::optional<std::string> Node::text() const {
  if (json_->is_string()) return json_->get<std::string>();
  wrong_type("a string");
  return {};
}

std::optional<bool> Node::boolean() const {
  if (json_->is_boolean()) return json_->get<bool>();
  wrong_type("true or false");
  return {};
}

std::optional<double> Node::number() const {
  if (json_->is_number() && std::isfinite(json_->get<double>())) return json_->get<double>();
  wrong_type("a number");
  return {};
}

std::optional<std::uint64_t> Node::integer(std::uint64_t least, std::uint64_t most) const {
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  if (!json_->is_number_integer()) {
    wrong_type("a whole number from " + range);
    return {};
  }
  const bool negative = !json_->is_number_unsigned() && json_->get<std::int64_t>() < 0;
  if (!negative)
    if (const auto value = json_->get<std::uint64_t>(); value >= least && value <= most)
      return value;
  fault(json_->dump() + " is out of range; allowed is " + range);
  return {};
}

std::optional<Duration> Node::duration() const {
  const auto word = json_->is_string() ? std::optional{json_->get<std::string>()} : std::nullopt;
  if (const auto value = word ? parse_duration(*word) : std::nullopt) return value;
  fault("expected a time with its unit, such as \"250us\", \"1.5s\" or \"2m\"" +
        (word ? ", found " + in_quotes(*word) : ", found " + std::string{kind_of(*json_)}));
  return {};
}

std::optional<std::uint64_t> Node::rate() const {
  const auto word = json_->is_string() ? std::optional{json_->get<std::string>()} : std::nullopt;
  if (const auto value = word ? parse_rate(*word) : std::nullopt; value && *value > 0) return value;
  fault("expected a rate with its unit, such as \"100Mbps\" or \"10Gbps\"" +
        (word ? ", found " + in_quotes(*word) : ", found " + std::string{kind_of(*json_)}));
  return {};
}

std::optional<IpAddr> Node::ip() const {
  const auto word = text();
  if (!word) return {};
  const auto value = parse_ip(*word);
  if (!value) fault(in_quotes(*word) + " is not an IP address");
  return value;
}

std::optional<Ip4> Node::ip4() const {
  const auto value = ip();
  if (!value) return {};
  if (!value->is_v4()) {
    fault("an IPv4 address is needed here: the underlay is IPv4");
    return {};
  }
  return value->v4();
}

std::optional<IpPrefix> Node::prefix() const {
  const auto word = text();
  if (!word) return {};
  if (const auto value = parse_exact_prefix(*word)) return value;
  if (const auto sloppy = parse_prefix(*word))
    fault(in_quotes(*word) + " has host bits set; write " + in_quotes(to_text(*sloppy)));
  else
    fault(in_quotes(*word) + " is not a prefix such as \"10.1.0.0/24\"");
  return {};
}

std::optional<Mac> Node::mac() const {
  const auto word = text();
  if (!word) return {};
  const auto value = parse_mac(*word);
  if (!value || value->zero() || value->multicast()) {
    fault(in_quotes(*word) + " is not a unicast MAC address such as \"02:00:00:00:00:01\"");
    return {};
  }
  if (to_text(*value) != *word) {
    fault("write MAC addresses in lower case with colons: " + in_quotes(to_text(*value)));
    return {};
  }
  return value;
}

std::optional<RouteTarget> Node::target() const {
  const auto word = text();
  if (!word) return {};
  const auto value = parse_target(*word);
  if (!value) fault(in_quotes(*word) + " is not a route target such as \"target:64512:8000001\"");
  return value;
}

std::optional<Asn> Node::autonomous_system() const {
  const auto value = integer(1, 0xffffffff);
  return value ? std::optional{Asn{static_cast<std::uint32_t>(*value)}} : std::nullopt;
}

bool good_name(std::string_view name, std::size_t most) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !name.empty() && name.size() <= most && name.front() != '-' && name.front() != '.' &&
         name.find("..") == std::string_view::npos &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace tflab::scenario
