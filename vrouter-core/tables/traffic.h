#pragma once
// What packets themselves write and others read: flows, first pieces of datagrams, pieces that
// wait for one, MACs that were learned. There is one of it however many copies of the tables there
// are, and one at a time gets at it (tables/guard.h).

#include <cstdint>

#include "vrouter-core/base/instant.h"
#include "vrouter-core/tables/exact_table.h"
#include "vrouter-core/tables/flow_table.h"
#include "vrouter-core/tables/guard.h"
#include "vrouter-core/tables/held_pieces.h"
#include "vrouter-core/tables/keys.h"

namespace tflab::vr {

struct Tables;

struct Traffic {
  Guard* guard = nullptr;
  // Those that packets which begin now read. A packet that began before and reads others must not
  // leave behind what follows from those: it learns nothing.
  const Tables* published = nullptr;
  FlowTable flows;
  FlowTable fragments;  // ports of datagrams whose first piece has been seen (pipeline/fragments.h)
  HeldPieces pieces;    // of those whose first has not
  ExactTable<MacKey> learned;  // where machines are that have said something
  std::uint32_t learned_macs = 0;
  std::uint32_t held_flows = 0;  // those the agent has not decided yet
  std::uint32_t most_held_flows = 0;
  Instant macs_aged;  // when learned MACs last grew older

  void remove_flow(std::uint32_t number) {
    if (flows[number].action == FlowAction::hold) --held_flows;
    flows.remove(number);
  }

  // What stands under the number, if that is still the flow with this hash: between two stages
  // another CPU may have removed it.
  FlowEntry* still(std::uint32_t number, std::uint64_t hash) {
    if (number == no_flow) return nullptr;
    FlowEntry& entry = flows[number];
    return entry.present && flows.hash(entry.key) == hash ? &entry : nullptr;
  }

  // Outside the guard.
  [[gnu::always_inline]] RouteEntry learned_at(const MacKey& key) {
    return glimpse(learned_macs) != 0 ? looked_at(key) : RouteEntry{};
  }

  bool learn(const MacKey& key, RouteEntry entry) {
    const bool set = learned.set(key, entry);
    show(learned_macs, learned.size());
    return set;
  }
  bool forget(const MacKey& key) {
    const bool erased = learned.erase(key);
    show(learned_macs, learned.size());
    return erased;
  }
  // Those for which gone(key, entry) is true.
  template <class Gone>
  void forget_if(Gone gone) {
    if (learned.size() == 0) return;
    for (std::uint32_t slot = 0; slot < learned.slot_count(); ++slot) {
      const RouteEntry entry = learned.entry_in(slot);
      if (entry.is_route() && gone(learned.key_in(slot), entry))
        forget(MacKey{learned.key_in(slot)});
    }
  }

private:
  [[gnu::noinline]] RouteEntry looked_at(const MacKey& key) {
    const Guarded one{guard};
    return learned.find(key);
  }
};

}  // namespace tflab::vr
