// Forwarding classes and the maps that lead to them. A map may name classes that are not there:
// what would be in them is not marked.

#include "vrouter-core/vrouter/apply.h"

namespace tflab::vr {

Result apply(Tables& t, const SetForwardingClass& op) {
  const bool sound =
      op.dscp < dscp_codes && op.priority < priority_codes && op.exp < priority_codes;
  if (!sound) return Result::bad_value;
  t.classes[op.id] = {op, true};
  return Result::done;
}

Result apply(Tables& t, const DeleteForwardingClass& op) {
  if (!t.classes[op.id].present) return Result::no_such_class;
  t.classes[op.id] = {};
  return Result::done;
}

Result apply(Tables& t, const SetQosMap& op) {
  if (op.map >= t.qos_maps.size()) return Result::out_of_range;
  if (op.map == 0) return Result::bad_value;
  QosMapRow& row = t.qos_maps[op.map];
  row.set = op;
  row.present = true;
  return Result::done;
}

Result apply(Tables& t, const DeleteQosMap& op) {
  QosMapRow* row = t.qos_map(op.map);
  if (row == nullptr) return Result::no_such_qos_map;
  if (row->named != 0) return Result::in_use;
  *row = {};
  return Result::done;
}

}  // namespace tflab::vr
