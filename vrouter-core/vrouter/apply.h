#pragma once
// Operations on the tables. Each looks at everything it names before it changes anything, so that a
// refusal leaves no trace.

#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"
#include "vrouter-core/tables/tables.h"

namespace tflab::vr {

Result apply(Tables& t, const SetVrf& op);
Result apply(Tables& t, const DeleteVrf& op);
Result apply(Tables& t, const SetVif& op);
Result apply(Tables& t, const DeleteVif& op);
Result apply(Tables& t, const SetNexthop& op);
Result apply(Tables& t, const DeleteNexthop& op);
Result apply(Tables& t, const SetRoute& op);
Result apply(Tables& t, const DeleteRoute& op);
Result apply(Tables& t, const BindLabel& op);
Result apply(Tables& t, const UnbindLabel& op);

}  // namespace tflab::vr
