#pragma once
// What a daemon has cost so far: processor time and memory of a process and all its children.

#include <sys/types.h>

namespace tflab::bench {

struct Usage {
  double cpu_s = 0;
  double rss_mib = 0, peak_mib = 0;  // peak: of each process, added up
};
Usage usage_of(pid_t daemon);  // throws when it is gone

}  // namespace tflab::bench
