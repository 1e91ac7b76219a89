#include "control-core/xmpp/memo.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "control-core/base/digest.h"

namespace tflab::xmpp {

namespace {

std::string_view text_of(Bytes octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}
Bytes octets_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

// Sixteen words of it.
std::uint64_t sample_of(std::string_view text) {
  constexpr std::size_t words = 16, word = sizeof(std::uint64_t);
  if (text.size() < words * word) return digest_of(octets_of(text));
  std::uint64_t sample = text.size();
  for (std::size_t n = 0; n < words; ++n) {
    std::uint64_t some = 0;
    std::memcpy(&some, text.data() + (text.size() - word) * n / (words - 1), word);
    sample = mixed(sample, some);
  }
  return sample;
}

constexpr std::string_view body_end = "</event></message>";
// A body as our control nodes write it.
constexpr std::string_view item_begin = "<item ", item_end = "</item>",
                           after_items = "</items></event></message>";
// What could hide an end tag that is none.
bool may_hide(std::string_view text) {
  return text.find("<!") != text.npos;
}
// The item at the beginning; empty: there is none.
std::string_view first_item(std::string_view text) {
  const auto end = text.starts_with(item_begin) ? text.find(item_end) : text.npos;
  return end == text.npos ? std::string_view{} : text.substr(0, end + item_end.size());
}

}  // namespace

bool Memo::begins_body(Bytes octets) {
  return text_of(octets).starts_with("<event ");
}

bool Memo::whole_body(Bytes octets) {
  return begins_body(octets) && text_of(octets).ends_with(body_end);
}

std::size_t Memo::size_of_body(Bytes octets) {
  // Leaps over as many octets as the end has, mostly.
  static const std::boyer_moore_horspool_searcher end{body_end.begin(), body_end.end()};
  const std::string_view text = text_of(octets);
  const auto found = std::search(text.begin(), text.end(), end);
  return found == text.end() ? 0 : static_cast<std::size_t>(found - text.begin()) + body_end.size();
}

std::size_t Memo::size_of_tag(Bytes octets) {
  const std::string_view text = text_of(octets);
  const auto end = text.starts_with("<message ") ? text.find('>') : text.npos;
  return end == text.npos ? text.size() : end + 1;
}

template <class What>
auto Memo::Kept<What>::find(std::string_view text) -> Row* {
  std::uint64_t& lately = lately_[sample_of(text) % lately_.size()];
  if (Row* row = numbered(lately); row != nullptr && row->text == text) return row;
  const auto [begin, end] = numbers_.equal_range(digest_of(octets_of(text)));
  for (auto at = begin; at != end; ++at)
    if (Row* row = numbered(at->second); row->text == text) {
      lately = at->second;
      return row;
    }
  return nullptr;
}

template <class What>
auto Memo::Kept<What>::next_of(const Row& row, std::string_view text) -> Row* {
  Row* next = numbered(row.next);
  return next != nullptr && text.starts_with(next->text) ? next : nullptr;
}

// Null: it is forgotten.
template <class What>
auto Memo::Kept<What>::numbered(std::uint64_t number) -> Row* {
  return number >= oldest_ && number - oldest_ < rows_.size() ? &rows_[number - oldest_] : nullptr;
}

template <class What>
void Memo::Kept<What>::keep(std::string_view text, What what, std::size_t most) {
  const std::uint64_t digest = digest_of(octets_of(text)), number = oldest_ + rows_.size();
  numbers_.emplace(digest, number);
  rows_.push_back({number, digest, std::string{text}, std::move(what)});
  octets_ += text.size();
  while (octets_ > most) forget_oldest();
}

template <class What>
void Memo::Kept<What>::forget_oldest() {
  const auto [begin, end] = numbers_.equal_range(rows_.front().digest);
  numbers_.erase(std::find_if(begin, end, [&](const auto& at) { return at.second == oldest_; }));
  octets_ -= rows_.front().text.size();
  rows_.pop_front();
  ++oldest_;
}

Result<xml::Element> Memo::stanza(Bytes tag, Bytes body) {
  return reader_.read(std::string{text_of(tag)}.append(text_of(body)));
}

Memo::Said Memo::read(RouteMessage message) {
  std::vector<SharedItem> items;
  items.reserve(message.items.size());
  for (Item& item : message.items) items.push_back(pool_.intern(std::move(item)));
  return std::make_shared<const Message>(Message{std::move(message.instance), message.family,
                                                 std::move(items), std::move(message.retracts),
                                                 message.refused});
}

std::optional<Memo::Parts> Memo::parts_of(std::string_view body) {
  const auto first = body.find(item_begin);
  if (first == body.npos || may_hide(body) || !body.ends_with(after_items)) return {};
  Parts parts{body.substr(0, first), {}};
  body.remove_prefix(first);
  body.remove_suffix(after_items.size());
  while (!body.empty()) {
    const std::string_view item = first_item(body);
    if (item.empty()) return {};
    parts.items.push_back(item);
    body.remove_prefix(item.size());
  }
  return parts;
}

Memo::Said Memo::find(Bytes body) {
  if (most_ == 0) return nullptr;
  const std::string_view text = text_of(body);
  // What is long has many items mostly, and then is not kept as a whole.
  constexpr std::size_t many = 8192;  // octets
  const bool is_long = text.size() > many;
  if (is_long)
    if (Said said = composed(text)) return said;
  if (const auto* row = bodies_.find(text)) return row->what;
  return is_long ? nullptr : composed(text);
}

Memo::Said Memo::composed(std::string_view body) {
  const auto first = body.find(item_begin);
  if (first == body.npos || !body.ends_with(after_items)) return nullptr;
  const auto* head = heads_.find(body.substr(0, first));
  if (head == nullptr) return nullptr;
  body.remove_prefix(first);
  body.remove_suffix(after_items.size());
  Message message = *head->what;
  message.items.reserve(items_per_message);
  Kept<SharedItem>::Row* last = nullptr;
  while (!body.empty()) {
    Kept<SharedItem>::Row* item = next_item(last, body);
    if (item == nullptr) return nullptr;
    message.items.push_back(item->what);
    body.remove_prefix(item->text.size());
    if (last != nullptr) last->next = item->number;
    last = item;
  }
  return std::make_shared<const Message>(std::move(message));
}

// Who comes is told all there is, in the order in which the one before was told it.
auto Memo::next_item(const Kept<SharedItem>::Row* last, std::string_view body)
    -> Kept<SharedItem>::Row* {
  if (last != nullptr)
    if (auto* next = items_.next_of(*last, body)) return next;
  const std::string_view item = first_item(body);
  return item.empty() || may_hide(item) ? nullptr : items_.find(item);
}

// One item comes to many by itself, several together in an order of each one's own.
void Memo::keep(Bytes body, const Said& said) {
  constexpr std::string_view end = "</message>";
  const std::string_view text = text_of(body);
  const bool several = text.find(end) + end.size() != text.size();
  if (several || text.size() > most_) return;
  const auto parts = parts_of(text);
  const bool clean = parts && parts->items.size() == said->items.size() && said->refused == 0;
  if (!clean || said->items.size() == 1) bodies_.keep(text, said, most_);
  if (!clean) return;
  if (heads_.find(parts->head) == nullptr) {
    const Message head{said->instance, said->family, {}, {}, 0};
    heads_.keep(parts->head, std::make_shared<const Message>(head), most_);
  }
  for (std::size_t i = 0; i < parts->items.size(); ++i)
    if (items_.find(parts->items[i]) == nullptr) {
      items_.keep(parts->items[i], said->items[i], most_);
    }
}

}  // namespace tflab::xmpp
