#pragma once
// What a result must say about the machine that made it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tflab::cli {

std::string cpu_model();
std::string machine_text();      // processors, their model, operating system
std::uint64_t peak_rss_bytes();  // of this process
// What a process could take now: what the kernel calls available, less where our cgroup has a
// limit. Nothing: nobody says.
std::optional<std::uint64_t> available_memory();
std::string in_gib(std::uint64_t octets);  // "3.9 GiB"

// Throws EnvironmentError with all of `lacks`, unless there is nothing; `otherwise` ends it.
void complain_about(const std::vector<std::string>& lacks, const std::string& what,
                    const std::string& otherwise = "");

// How much of the processors' time went to others while we ran: a busy machine makes poor figures.
class ForeignCpu {
public:
  ForeignCpu();
  double percent() const;  // of all processors, since construction

private:
  double all_ = 0, idle_ = 0, ours_ = 0;
};

}  // namespace tflab::cli
