#pragma once
// A bench has a network namespace and a /run of its own: named namespaces that it makes are seen by
// nobody else, and nothing is left when its last process has gone.

namespace tflab::bench {

void isolate();  // this process, for good; throws std::runtime_error

}  // namespace tflab::bench
