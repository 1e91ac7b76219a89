#include "control-core/node/instance_out.h"

#include <algorithm>
#include <span>
#include <utility>

#include "control-core/base/digest.h"
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

// Collects what is said of one family until it fills messages. Items and retracts go apart.
class Messages {
public:
  explicit Messages(const std::string& instance) : instance_{instance} {}

  void begin(Family family) {
    if (family != family_) finish();
    family_ = family;
  }
  void item(xmpp::Item item) {
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
    for (std::span<const xmpp::Item> left{items_}; !left.empty();)
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
  std::vector<xmpp::Item> items_;
  std::vector<std::string> retracts_;
  std::vector<SharedBytes> bodies_;
  std::size_t size_ = 0;
};

}  // namespace

InstanceOut::InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing)
    : instance_{instance}, routing_{routing} {
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

std::uint64_t InstanceOut::digest(const vpn::Row& row) const {
  const xmpp::Item item = item_of(row.first, row.second, instance_, routing_);
  std::span<const xmpp::Item> only{&item, 1};
  const std::string text = xmpp::items_body(instance_.config.name, only);
  return digest_of(std::as_bytes(std::span{text}));
}

bool InstanceOut::is_news(Followed& followed, const vpn::Row& row) {
  if (!told_to_agents(row.first)) return false;
  if (row.second.equal_cost_paths() == 0) return followed.known.erase(&row) != 0;
  const std::uint64_t now = digest(row);
  const auto [known, fresh] = followed.known.try_emplace(&row, now);
  return fresh || std::exchange(known->second, now) != now;
}

void InstanceOut::join(StreamId agent) {
  if (cohorts_.empty() || !cohorts_.back().newcomers) {
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
        if (!cohort.newcomers) cohort.owed.insert(row->first);
    }
  }
}

void InstanceOut::list_everything(Cohort& cohort) const {
  cohort.newcomers = false;
  for (const Followed& followed : followed_)
    for (const vpn::Row& row : followed.table->rows())
      if (followed.known.contains(&row)) cohort.owed.insert(row.first);
}

// Those who are not ready stay behind together and are owed what any of them is: a route told twice
// does no harm, and their number costs nothing.
void InstanceOut::part_company(const Ready& ready) {
  Cohort lagging;
  lagging.lagging = true;
  for (Cohort& cohort : cohorts_) {
    if (cohort.owed.empty()) continue;
    std::set<StreamId> behind;
    for (StreamId agent : cohort.agents)
      if (!ready(agent)) behind.insert(agent);
    if (behind.empty()) {
      cohort.lagging = false;
      continue;
    }
    lagging.owed.insert(cohort.owed.begin(), cohort.owed.end());
    lagging.agents.merge(behind);
    std::erase_if(cohort.agents, [&](StreamId agent) { return lagging.agents.contains(agent); });
    cohort.lagging = false;
  }
  std::erase_if(cohorts_, [](const Cohort& cohort) { return cohort.agents.empty(); });
  if (!lagging.agents.empty()) cohorts_.push_back(std::move(lagging));
}

// Those who know everything are owed the same: nothing.
void InstanceOut::rejoin() {
  Cohort* first = nullptr;
  for (Cohort& cohort : cohorts_) {
    if (!cohort.owed.empty() || cohort.newcomers) continue;
    if (first)
      first->agents.merge(cohort.agents);
    else
      first = &cohort;
  }
  std::erase_if(cohorts_, [](const Cohort& cohort) { return cohort.agents.empty(); });
}

std::vector<InstanceOut::Telling> InstanceOut::tell(const Ready& ready) {
  for (Cohort& cohort : cohorts_)
    if (cohort.newcomers) list_everything(cohort);
  part_company(ready);
  std::vector<Telling> out;
  for (Cohort& cohort : cohorts_) {
    if (cohort.lagging || cohort.owed.empty()) continue;
    Telling telling;
    telling.agents.assign(cohort.agents.begin(), cohort.agents.end());
    telling.bodies = write(cohort.owed);
    out.push_back(std::move(telling));
  }
  rejoin();
  return out;
}

std::vector<SharedBytes> InstanceOut::write(std::set<Nlri>& owed) const {
  Messages messages{instance_.config.name};
  auto at = owed.begin();
  for (; at != owed.end() && messages.size() < part; ++at) {
    const Family family = family_of(*at);
    messages.begin(family);
    const rib::Destination* row = instance_.table(family)->find(*at);
    if (row && row->equal_cost_paths() > 0)
      messages.item(item_of(*at, *row, instance_, routing_));
    else
      messages.retract(item_id(*at));
  }
  messages.finish();
  owed.erase(owed.begin(), at);
  return messages.take();
}

bool InstanceOut::owes(const Ready& ready) const {
  return std::ranges::any_of(cohorts_, [&](const Cohort& cohort) {
    return (cohort.newcomers || !cohort.owed.empty()) && std::ranges::any_of(cohort.agents, ready);
  });
}

bool InstanceOut::owes(StreamId agent) const {
  return std::ranges::any_of(cohorts_, [&](const Cohort& cohort) {
    return (cohort.newcomers || !cohort.owed.empty()) && cohort.agents.contains(agent);
  });
}

}  // namespace tflab::node
