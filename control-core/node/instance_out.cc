#include "control-core/node/instance_out.h"

#include <algorithm>
#include <span>
#include <utility>

#include "control-core/node/agent_routes.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::node {
namespace {

// Told at a time, so that a host can say when it is too much.
constexpr std::size_t part = 256 * 1024;

Family family_of(const Nlri& nlri) {
  const auto* inet = std::get_if<InetRoute>(&nlri);
  if (!inet) return Family::evpn;
  return inet->prefix.base().is_v4() ? Family::inet : Family::inet6;
}

SharedBytes shared(const std::string& text) {
  const Bytes bytes = std::as_bytes(std::span{text});
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

// Those of `some` that are in `agents`, and no longer in it.
std::set<StreamId> taken_out(std::set<StreamId>& agents, const std::set<StreamId>& some) {
  std::set<StreamId> out;
  const bool fewer = agents.size() < some.size();
  for (const StreamId each : fewer ? agents : some)
    if ((fewer ? some : agents).contains(each)) out.insert(out.end(), each);
  if (out.size() == agents.size())
    agents.clear();
  else
    for (const StreamId each : out) agents.erase(each);
  return out;
}

}  // namespace

// Collects what is said of one family until it fills messages. Items and retracts go apart.
class InstanceOut::Messages {
public:
  explicit Messages(const std::string& instance) : instance_{instance} {}

  void begin(Family family) {
    if (family != family_) finish();
    family_ = family;
  }
  void item(xmpp::SharedItemText item) {
    items_.push_back(std::move(item));
    if (items_.size() == xmpp::items_per_message) write_items();
  }
  void retract(std::string id) {
    retracts_.push_back(std::move(id));
    if (retracts_.size() == xmpp::retracts_per_message) write_retracts();
  }
  void finish() {
    write_retracts();
    write_items();
  }
  std::size_t size() const { return size_; }
  std::vector<SharedBytes> take() { return std::move(bodies_); }

private:
  void put(const std::string& text) {
    size_ += text.size();
    bodies_.push_back(shared(text));
  }
  void write_items() {
    for (std::span<const xmpp::SharedItemText> left{items_}; !left.empty();)
      put(xmpp::items_body(instance_, left));
    items_.clear();
  }
  void write_retracts() {
    for (std::span<const std::string> left{retracts_}; !left.empty();)
      put(xmpp::retracts_body(instance_, family_, left));
    retracts_.clear();
  }

  const std::string& instance_;
  Family family_ = Family::inet;
  std::vector<xmpp::SharedItemText> items_;
  std::vector<std::string> retracts_;
  std::vector<SharedBytes> bodies_;
  std::size_t size_ = 0;
};

InstanceOut::InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing,
                         xmpp::ItemTexts& texts)
    : instance_{instance}, routing_{routing}, texts_{texts} {
  for (Family family : {Family::inet, Family::inet6, Family::evpn}) {
    if (instance.master() && family == Family::evpn) continue;
    Followed followed;
    followed.table = instance.table(family);
    followed.follower = followed.table->follow();
    for (const vpn::Row& row : followed.table->rows()) is_news(followed, row);
    followed_.push_back(std::move(followed));
  }
}

InstanceOut::~InstanceOut() {
  for (const Followed& followed : followed_) followed.table->unfollow(followed.follower);
}

xmpp::SharedItemText InstanceOut::text_of(const Nlri& nlri, const rib::Destination& row) const {
  return xmpp::write_item(item_of(nlri, row, instance_, routing_), texts_);
}

bool InstanceOut::is_news(Followed& followed, const vpn::Row& row) {
  if (!told_to_agents(row.first)) return false;
  if (row.second.equal_cost_paths() == 0) return forget(followed, row);
  xmpp::SharedItemText text = text_of(row.first, row.second);
  const std::uint64_t digest = hash_of(*text);
  const auto [at, fresh] = followed.known.try_emplace(&row.second);
  Known& known = at->second;
  if (!fresh && known.digest == digest) return false;
  if (known.text) kept_ -= known.text->text.size();
  known = {digest, kept_ < most_kept ? std::move(text) : nullptr};
  if (known.text) kept_ += known.text->text.size();
  return true;
}

bool InstanceOut::forget(Followed& followed, const vpn::Row& row) {
  const auto known = followed.known.find(&row.second);
  if (known == followed.known.end()) return false;
  if (known->second.text) kept_ -= known->second.text->text.size();
  followed.known.erase(known);
  return true;
}

void InstanceOut::join(StreamId agent) {
  if (cohorts_.empty() || !cohorts_.back().newcomers || cohorts_.back().told) {
    cohorts_.emplace_back();
    cohorts_.back().newcomers = true;
  }
  cohorts_.back().agents.insert(agent);
}

void InstanceOut::leave(StreamId agent) {
  std::erase_if(cohorts_, [&](Cohort& cohort) {
    return cohort.agents.erase(agent) != 0 && cohort.agents.empty();
  });
}

void InstanceOut::note(Family family) {
  for (Followed& followed : followed_) {
    if (followed.table->family() != family) continue;
    while (const vpn::Row* row = followed.table->next(followed.follower)) {
      if (!is_news(followed, *row)) continue;
      for (Cohort& cohort : cohorts_)
        if (!cohort.comes_later(row->first)) cohort.owed.insert(row->first);
    }
  }
}

// The fewer are added to the more: those who have stayed behind for long are owed nearly all.
void InstanceOut::Cohort::owe_too(Cohort& other) {
  Keys fewer;
  const bool less = owed.size() < other.owed.size();
  if (less) fewer = std::exchange(owed, other.agents.empty() ? std::move(other.owed) : other.owed);
  const Keys& added = less ? fewer : other.owed;
  if (!std::ranges::includes(owed, added)) owed.insert(added.begin(), added.end());
}

// Those who are blocked stay behind, together when they have been told as far: they are owed what
// any of them is, since a route told twice does no harm. What they are owed may be all there is, so
// who stays behind as a whole, or comes to those who are owed as much, copies none of it.
void InstanceOut::part_company(const Blocked& blocked) {
  std::list<Cohort> behind;
  for (auto at = cohorts_.begin(); at != cohorts_.end();) {
    const auto cohort = at++;
    cohort->lagging = false;
    if (cohort->owed_nothing()) continue;
    std::set<StreamId> late = taken_out(cohort->agents, blocked);
    if (late.empty()) continue;
    const auto place =
        std::ranges::find_if(behind, [&](const Cohort& other) { return other.as_far_as(*cohort); });
    if (place != behind.end()) {
      place->agents.merge(late);
      place->owe_too(*cohort);
    } else if (cohort->agents.empty()) {
      cohort->agents = std::move(late);
      cohort->lagging = true;
      behind.splice(behind.end(), cohorts_, cohort);
    } else {
      behind.push_back({std::move(late), cohort->owed, cohort->newcomers, cohort->told, true});
    }
  }
  std::erase_if(cohorts_, [](const Cohort& cohort) { return cohort.agents.empty(); });
  cohorts_.splice(cohorts_.end(), behind);
}

// Those who know everything are owed the same: nothing.
void InstanceOut::rejoin() {
  Cohort* first = nullptr;
  for (Cohort& cohort : cohorts_) {
    if (!cohort.owed_nothing()) continue;
    if (first)
      first->agents.merge(cohort.agents);
    else
      first = &cohort;
  }
  std::erase_if(cohorts_, [](const Cohort& cohort) { return cohort.agents.empty(); });
}

std::vector<InstanceOut::Telling> InstanceOut::tell(const Blocked& blocked) {
  part_company(blocked);
  std::vector<Telling> out;
  for (Cohort& cohort : cohorts_) {
    if (cohort.lagging || cohort.owed_nothing()) continue;
    Telling telling;
    telling.agents.assign(cohort.agents.begin(), cohort.agents.end());
    telling.bodies = write(cohort);
    out.push_back(std::move(telling));
  }
  rejoin();
  return out;
}

InstanceOut::Telling InstanceOut::farewell() const {
  Telling telling;
  for (const Cohort& cohort : cohorts_)
    telling.agents.insert(telling.agents.end(), cohort.agents.begin(), cohort.agents.end());
  Messages messages{instance_.config.name};
  for (const Followed& table : followed_) {
    messages.begin(table.table->family());
    for (const vpn::Row& row : table.table->rows())
      if (table.known.contains(&row.second)) messages.retract(item_id(row.first));
  }
  messages.finish();
  telling.bodies = messages.take();
  return telling;
}

std::vector<SharedBytes> InstanceOut::write(Cohort& cohort) const {
  Messages messages{instance_.config.name};
  write_changes(cohort, messages);
  if (cohort.newcomers && cohort.owed.empty()) write_rest(cohort, messages);
  messages.finish();
  return messages.take();
}

void InstanceOut::write_changes(Cohort& cohort, Messages& messages) const {
  auto at = cohort.owed.begin();
  for (; at != cohort.owed.end() && messages.size() < part; ++at) {
    const Followed& table = followed(family_of(*at));
    messages.begin(table.table->family());
    if (auto text = what_is_known(table, *at, table.table->find(*at)))
      messages.item(std::move(text));
    else
      messages.retract(item_id(*at));
  }
  cohort.owed.erase(cohort.owed.begin(), at);
}

// Tables are followed in the order in which their routes compare.
void InstanceOut::write_rest(Cohort& cohort, Messages& messages) const {
  for (const Followed& table : followed_) {
    const auto& rows = table.table->rows();
    messages.begin(table.table->family());
    auto row = cohort.told ? rows.upper_bound(*cohort.told) : rows.begin();
    for (; row != rows.end(); ++row) {
      if (messages.size() >= part) {
        cohort.told = std::prev(row)->first;
        return;
      }
      if (auto text = what_is_known(table, row->first, &row->second))
        messages.item(std::move(text));
    }
  }
  cohort.newcomers = false;
  cohort.told.reset();
}

const InstanceOut::Followed& InstanceOut::followed(Family family) const {
  return *std::ranges::find(followed_, family,
                            [](const Followed& each) { return each.table->family(); });
}

// Null: there is no such route, or no more.
xmpp::SharedItemText InstanceOut::what_is_known(const Followed& followed, const Nlri& nlri,
                                                const rib::Destination* row) const {
  const auto told = row != nullptr ? followed.known.find(row) : followed.known.end();
  if (told == followed.known.end()) return nullptr;
  return told->second.text ? told->second.text : text_of(nlri, *row);
}

bool InstanceOut::owes_others(const Blocked& blocked) const {
  return std::ranges::any_of(cohorts_, [&](const Cohort& cohort) {
    return !cohort.owed_nothing() && !std::ranges::includes(blocked, cohort.agents);
  });
}

bool InstanceOut::owes(StreamId agent) const {
  return std::ranges::any_of(cohorts_, [&](const Cohort& cohort) {
    return !cohort.owed_nothing() && cohort.agents.contains(agent);
  });
}

}  // namespace tflab::node
