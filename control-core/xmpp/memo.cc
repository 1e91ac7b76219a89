#include "control-core/xmpp/memo.h"

#include <algorithm>
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

}  // namespace

bool Memo::whole_body(Bytes octets) {
  const std::string_view text = text_of(octets);
  return text.starts_with("<event ") && text.ends_with("</event></message>");
}

template <class What>
const What* Memo::Kept<What>::find(std::string_view text) const {
  const auto [begin, end] = numbers_.equal_range(digest_of(octets_of(text)));
  for (auto at = begin; at != end; ++at)
    if (const Row& row = rows_[at->second - oldest_]; row.text == text) return &row.what;
  return nullptr;
}

template <class What>
void Memo::Kept<What>::keep(std::string_view text, What what, std::size_t most) {
  const std::uint64_t digest = digest_of(octets_of(text));
  numbers_.emplace(digest, oldest_ + rows_.size());
  rows_.push_back({digest, std::string{text}, std::move(what)});
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

Memo::Said Memo::read(RouteMessage message) {
  std::vector<SharedItem> items;
  items.reserve(message.items.size());
  for (Item& item : message.items) items.push_back(pool_.intern(std::move(item)));
  return std::make_shared<const Message>(Message{std::move(message.instance), message.family,
                                                 std::move(items), std::move(message.retracts),
                                                 message.refused});
}

// What could hide an end tag that is none is not taken apart.
std::optional<Memo::Parts> Memo::parts_of(std::string_view body) {
  constexpr std::string_view begin = "<item ", end = "</item>",
                             after = "</items></event></message>";
  const auto first = body.find(begin);
  if (first == body.npos || body.find("<!") != body.npos || !body.ends_with(after)) return {};
  Parts parts{body.substr(0, first), {}};
  body.remove_prefix(first);
  body.remove_suffix(after.size());
  while (!body.empty()) {
    const auto last = body.find(end);
    if (last == body.npos || !body.starts_with(begin)) return {};
    parts.items.push_back(body.substr(0, last + end.size()));
    body.remove_prefix(last + end.size());
  }
  return parts;
}

Memo::Said Memo::find(Bytes body) const {
  if (most_ == 0) return nullptr;
  const std::string_view text = text_of(body);
  if (const Said* said = bodies_.find(text)) return *said;
  return composed(text);
}

Memo::Said Memo::composed(std::string_view body) const {
  const auto parts = parts_of(body);
  const Said* head = parts ? heads_.find(parts->head) : nullptr;
  if (head == nullptr) return nullptr;
  Message message = **head;
  message.items.reserve(parts->items.size());
  for (const std::string_view text : parts->items) {
    const SharedItem* item = items_.find(text);
    if (item == nullptr) return nullptr;
    message.items.push_back(*item);
  }
  return std::make_shared<const Message>(std::move(message));
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
