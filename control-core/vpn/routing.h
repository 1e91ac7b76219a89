#pragma once
// All routing tables of a control node and everything that moves routes between them. Sessions put
// paths in and look at the tables that changed; in between settle() brings the rest in line.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/vpn/aliases.h"
#include "control-core/vpn/ermvpn.h"
#include "control-core/vpn/fabric.h"
#include "control-core/vpn/flooding.h"
#include "control-core/vpn/leak.h"
#include "control-core/vpn/membership.h"
#include "control-core/vpn/target_index.h"

namespace tflab::vpn {

class Routing {
public:
  using InstanceMap = std::map<std::string, std::unique_ptr<Instance>>;

  Routing(Identity us, AttributePool& pool);
  Routing(const Routing&) = delete;
  Routing& operator=(const Routing&) = delete;

  // Configuration. The master instance is there from the start; an instance that is removed must
  // have lost its followers and the paths of its agents.
  void start(Instant now);
  void want_everything(Instant now);
  void add(Instant now, config::Instance config);
  void change(Instant now, config::Instance config);
  void remove(Instant now, const std::string& name);

  Instance* find(std::string_view name);
  const Instance* find(std::string_view name) const;
  const InstanceMap& instances() const { return instances_; }  // by name, as pages list them
  const Instance& master() const { return *master_; }
  rib::Table& master(Family family) const { return *master_->table(family); }
  const rib::Table* table(rib::TableId id) const;

  void subscribe(Instant now, const rib::Peer& agent, const Instance& instance);
  void unsubscribe(Instant now, const rib::Peer& agent, const Instance& instance);
  // No path of this peer stays, in any table it could have put one into.
  void drop_paths(Instant now, const rib::Peer& peer, const Instance& instance);
  // The same tables, for a peer that is lost and may come back: its paths are marked, and those
  // still marked later go.
  void mark_paths(Instant now, const rib::Peer& peer, const Instance& instance, rib::Flag flag);
  void drop_stale_paths(Instant now, const rib::Peer& peer, const Instance& instance);

  // Copies, trees and interests follow what was put in. Afterwards poll_changed() names, each once,
  // the tables that somebody has changed.
  void settle(Instant now);
  rib::Table* poll_changed();
  // When settle() has something to do though nothing came.
  std::optional<Instant> next_timer() const { return ermvpn_.next_timer(); }

  const TargetIndex& targets() const { return targets_; }
  const Leak& leak() const { return leak_; }
  Ermvpn& ermvpn() { return ermvpn_; }
  const Ermvpn& ermvpn() const { return ermvpn_; }
  Flooding& flooding() { return flooding_; }
  const Flooding& flooding() const { return flooding_; }
  std::uint64_t changes() const { return changes_; }
  const Identity& identity() const { return us_; }

  // "default-domain:...", empty if no network has this id.
  std::string network_name(std::uint32_t network_id) const;

private:
  Instance& make(config::Instance config);
  void give_tables(Instance& instance);
  void announce(Instant now, Instance& instance, const config::Instance& old);
  void set_imports(Instant now, Instance& instance, std::vector<RouteTarget> imports);
  template <class Do>
  static void each_table(const rib::Peer& peer, const Instance& instance, Do act);
  void touch_dependents(const std::vector<RouteTarget>& targets);
  void touch_dependents(const TargetGroup& group);
  void touch_sources(const Instance& instance);
  void touch(const Instance& instance);
  bool drain(Instant now);
  void on_change(Instant now, Instance& home, rib::Table& table, const Row& row);
  void on_vrf_change(Instant now, Instance& home, rib::Table& table, const Row& row);
  void on_master_change(Instant now, rib::Table& table, const Row& row);
  void recheck_wanted(const TargetRoute& wanted);
  void mark(rib::Table& table);

  Identity us_;
  AttributePool& pool_;
  rib::Changed changed_;
  std::vector<std::pair<rib::Table*, Instance*>> by_id_;  // null: removed
  std::vector<bool> marked_;                              // by table id: stands in to_export_
  std::deque<rib::Table*> to_export_;
  InstanceMap instances_;
  Instance* master_;
  TargetIndex targets_;
  Leak leak_;
  Membership membership_;
  Ermvpn ermvpn_;
  Flooding flooding_;
  Aliases aliases_;
  FabricOrigin fabric_;
  std::map<std::uint32_t, std::string> network_names_;
  std::uint64_t changes_ = 0;
};

}  // namespace tflab::vpn
