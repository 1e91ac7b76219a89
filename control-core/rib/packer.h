#pragma once
// Collects what is to be said to BGP peers and joins what can be said in one breath: routes with
// the same attributes for the same members. Batches stand in the order in which they were begun;
// the index is only ever looked up.

#include <unordered_map>
#include <utility>
#include <vector>

#include "control-core/rib/group.h"

namespace tflab::rib {

class Packer {
public:
  explicit Packer(Family family) : family_{family} {}

  void withdraw(const Nlri& nlri, const PeerSetRef& members) {
    if (members) gone_.batch(family_, {}, members).withdrawn.push_back(&nlri);
  }
  void reach(const Nlri& nlri, std::uint32_t label, const AttributesRef& attributes,
             const PeerSetRef& members) {
    if (members) here_.batch(family_, attributes, members).reached.push_back({&nlri, label});
  }
  void finish(std::vector<Batch>& out) {
    for (std::vector<Batch>* batches : {&gone_.batches, &here_.batches})
      out.insert(out.end(), std::make_move_iterator(batches->begin()),
                 std::make_move_iterator(batches->end()));
  }

private:
  using Key = std::pair<const Attributes*, const PeerSet*>;
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const auto attributes = reinterpret_cast<std::uintptr_t>(key.first);
      const auto members = reinterpret_cast<std::uintptr_t>(key.second);
      return (attributes >> 4) * 0x9e3779b97f4a7c15ull ^ members >> 4;
    }
  };
  struct Half {
    std::vector<Batch> batches;
    std::unordered_map<Key, std::size_t, Hash> index;
    std::size_t last = 0;

    Batch& batch(Family family, const AttributesRef& attributes, const PeerSetRef& members) {
      if (last < batches.size() && batches[last].attributes == attributes &&
          batches[last].members == members)
        return batches[last];
      const auto [at, fresh] = index.try_emplace({attributes.get(), members.get()}, batches.size());
      if (fresh) batches.push_back({family, members, attributes, {}, {}});
      return batches[last = at->second];
    }
  };

  Family family_;
  Half gone_, here_;
};

}  // namespace tflab::rib
