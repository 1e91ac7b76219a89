#pragma once
// Operations on the tables. Each looks at everything it names before it changes anything, so that a
// refusal leaves no trace. What the tables become depends on them and the operation alone, never on
// traffic: two copies that are told the same are the same.

#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"
#include "vrouter-core/tables/tables.h"

namespace tflab::vr {

// What rows count of who names them goes up or down by these.
inline constexpr std::uint32_t one_more = 1, one_less = ~std::uint32_t{0};

// Nothing of the row is left but that there was one.
template <class Row>
void clear(Row& row) {
  const std::uint16_t lives = row.lives;
  row = {};
  row.lives = static_cast<std::uint16_t>(lives + 1);
}

// apply_vif.cc
Result apply(Tables& t, const SetVrf& op);
Result apply(Tables& t, const DeleteVrf& op);
Result apply(Tables& t, const SetVif& op);
Result apply(Tables& t, const DeleteVif& op);
// apply_nexthop.cc
Result apply(Tables& t, const SetNexthop& op);
Result apply(Tables& t, const DeleteNexthop& op);
Result apply(Tables& t, const SetMember& op);
Result apply(Tables& t, const DeleteMember& op);
Result apply(Tables& t, const SetMirror& op);
Result apply(Tables& t, const DeleteMirror& op);
// apply_route.cc
Result apply(Tables& t, const SetRoute& op);
Result apply(Tables& t, const DeleteRoute& op);
Result apply(Tables& t, const SetMac& op);
Result apply(Tables& t, const DeleteMac& op);
Result apply(Tables& t, const BindLabel& op);
Result apply(Tables& t, const UnbindLabel& op);
Result apply(Tables& t, const BindVni& op);
Result apply(Tables& t, const UnbindVni& op);
// apply_qos.cc
Result apply(Tables& t, const SetForwardingClass& op);
Result apply(Tables& t, const DeleteForwardingClass& op);
Result apply(Tables& t, const SetQosMap& op);
Result apply(Tables& t, const DeleteQosMap& op);
// apply_flow.cc
Result apply(Tables& t, const SetFlow& op, Instant now);
Result apply(Tables& t, const DeleteFlow& op);

}  // namespace tflab::vr
