#pragma once
// Structs of one kind as aligned lines for people: a column a field, a line a struct. For `tflab
// show` and for the message of a failed test; nothing ever reads it back.

#include <string>
#include <vector>

#include "control-core/introspect/tree.h"

namespace tflab::introspect {

// Columns in the order wanted, or all fields in the order they first appear. As in ist.py a field
// that is absent prints "-" and one that is empty "n/a"; elements of a list are joined by commas.
std::string table_text(const std::vector<const Tree*>& rows, std::vector<std::string> columns = {});
// The elements of a list field.
std::string table_text(const Tree& list, std::vector<std::string> columns = {});

}  // namespace tflab::introspect
