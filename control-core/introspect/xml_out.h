#pragma once
// Trees as the XML that the original's tools read: the style sheet instruction first, no XML
// declaration (ist.py dies of one that names an encoding), ASCII, no white space between elements.

#include <string>

#include "control-core/introspect/tree.h"

namespace tflab::introspect {

std::string to_xml(const Tree& page);

}  // namespace tflab::introspect
