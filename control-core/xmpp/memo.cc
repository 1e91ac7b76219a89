#include "control-core/xmpp/memo.h"

#include <algorithm>
#include <string_view>

#include "control-core/base/digest.h"

namespace tflab::xmpp {

bool Memo::whole_body(Bytes octets) {
  const std::string_view text{reinterpret_cast<const char*>(octets.data()), octets.size()};
  return text.starts_with("<event ") && text.ends_with("</event></message>");
}

Memo::Said Memo::find(Bytes body) const {
  const auto [begin, end] = numbers_.equal_range(digest_of(body));
  for (auto at = begin; at != end; ++at)
    if (const Kept& kept = kept_[at->second - oldest_]; std::ranges::equal(kept.body, body))
      return kept.said;
  return nullptr;
}

void Memo::keep(Bytes body, Said said) {
  const std::uint64_t digest = digest_of(body);
  numbers_.emplace(digest, oldest_ + kept_.size());
  kept_.push_back({digest, {body.begin(), body.end()}, std::move(said)});
  octets_ += body.size();
  while (octets_ > most) forget_oldest();
}

void Memo::forget_oldest() {
  const auto [begin, end] = numbers_.equal_range(kept_.front().digest);
  numbers_.erase(std::find_if(begin, end, [&](const auto& at) { return at.second == oldest_; }));
  octets_ -= kept_.front().body.size();
  kept_.pop_front();
  ++oldest_;
}

}  // namespace tflab::xmpp
