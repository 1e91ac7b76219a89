#pragma once
// What was heard, as something to say: for round trips and for reflection.

#include "tests/dsl/bgp_samples.h"

namespace tflab::test {

inline bgp::Update said_again(const bgp::Heard& heard) {
  bgp::Update out{heard.family, heard.attributes, {}, {}, heard.end_of_rib};
  if (heard.attributes)
    out.reach = listed(heard.routes);
  else
    out.unreach = keys(heard);
  return out;
}

}  // namespace tflab::test
