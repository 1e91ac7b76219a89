#include "control-core/node/instance_out.h"

#include "control-core/node/agent_routes.h"

namespace tflab::node {

InstanceOut::InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing)
    : instance_{instance}, routing_{routing} {
  for (Family family : {Family::inet, Family::inet6, Family::evpn}) {
    if (instance.master() && family == Family::evpn) continue;
    Followed followed;
    followed.table = instance.table(family);
    followed.follower = followed.table->follow();
    for (const vpn::Row& row : followed.table->rows())
      if (told_to_agents(row.first))
        if (Told now = ways(row.second); !now.empty()) followed.told.emplace(&row, std::move(now));
    followed_.push_back(std::move(followed));
  }
}

InstanceOut::~InstanceOut() {
  for (const Followed& followed : followed_) followed.table->unfollow(followed.follower);
}

InstanceOut::Told InstanceOut::ways(const rib::Destination& destination) {
  Told out;
  const std::size_t equals = destination.equal_cost_paths();
  for (std::size_t i = 0; i < equals; ++i)
    out.push_back({destination.paths[i].attributes, destination.paths[i].label});
  return out;
}

void InstanceOut::take(Followed& followed, const vpn::Row& row, News& news) {
  if (!told_to_agents(row.first)) return;
  Told now = ways(row.second);
  const auto before = followed.told.find(&row);
  if (now.empty()) {
    if (before == followed.told.end()) return;
    news.retracts.push_back(item_id(row.first));
    followed.told.erase(before);
    return;
  }
  if (before != followed.told.end() && before->second == now) return;
  news.items.push_back(item_of(row.first, row.second, instance_, routing_));
  followed.told.insert_or_assign(&row, std::move(now));
}

InstanceOut::News InstanceOut::pull(Family family) {
  News news;
  news.family = family;
  for (Followed& followed : followed_) {
    if (followed.table->family() != family) continue;
    while (const vpn::Row* row = followed.table->next(followed.follower))
      take(followed, *row, news);
  }
  return news;
}

std::vector<InstanceOut::News> InstanceOut::all() const {
  std::vector<News> out;
  for (const Followed& followed : followed_) {
    News news;
    news.family = followed.table->family();
    for (const vpn::Row& row : followed.table->rows())
      if (followed.told.contains(&row))
        news.items.push_back(item_of(row.first, row.second, instance_, routing_));
    if (!news.empty()) out.push_back(std::move(news));
  }
  return out;
}

}  // namespace tflab::node
