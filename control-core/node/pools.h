#pragma once
// What control nodes on one thread may share, since much of what they hold is the same: attributes
// of routes that all of them have heard, and what agents are told of those.

#include "control-core/types/attributes.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::node {

struct Pools {
  AttributePool attributes;
  xmpp::ItemTexts texts;
};

}  // namespace tflab::node
