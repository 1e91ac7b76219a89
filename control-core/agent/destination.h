#pragma once
// All that was said of one prefix of a VRF, and what the vrouter does with it. A value; tables keep
// most of them in fewer octets (route_table.h).

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "control-core/agent/path.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

class Destination {
public:
  struct Programmed {
    NexthopId nexthop;
    Label label;
    std::uint16_t flags = 0;
    Vni vni{};
    friend bool operator==(const Programmed&, const Programmed&) = default;
  };

  // Takes the place of what the same source said before.
  void set(Source source, const Forward& forward);
  void set(Source told, xmpp::SharedItem item);  // a unicast item
  // True: there was something of it.
  bool clear(Source source);
  bool mark_stale(Source control_node);
  bool drop_stale(Source control_node);
  void clear_all();

  // A control node says what the other one says already, and nothing that is forwarded by changes.
  bool repeats(Source told, const xmpp::SharedItem& item) const;

  // In order of source, at most one of each. They point into this.
  Paths paths() const;
  bool empty() const { return !told_[0] && !told_[1] && !own_; }
  // What is said, if it is one item of control nodes and nothing else.
  const xmpp::SharedItem* only_item() const;

  std::optional<Programmed> programmed;

private:
  struct Own {
    Forward forward;
    xmpp::SharedItem item;  // instead, of what was told by another way
  };
  void set_own(Source source, Own own);

  std::array<bool, 2> stale_{};
  std::array<xmpp::SharedItem, 2> told_;                // by the control nodes' slots
  std::shared_ptr<const std::map<Source, Own>> own_{};  // of all other sources, if there are any
};

}  // namespace tflab::agent
