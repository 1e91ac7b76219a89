#pragma once
// Equal attribute sets become one object: equality is then a pointer comparison, and a route costs
// a pointer. One pool a node; entries go when the last route that uses them goes.

#include <cstddef>

#include "control-core/types/attributes.h"

namespace tflab {

class AttributePool {
public:
  AttributePool();
  ~AttributePool();
  AttributePool(const AttributePool&) = delete;
  AttributePool& operator=(const AttributePool&) = delete;

  AttributesRef intern(Attributes attributes);
  std::size_t size() const;  // sets alive

private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // outlives the pool while references do
};

}  // namespace tflab
