#pragma once
// A recording as it is made: one JSON object a line, written out line by line, so that what a node
// that died had been told is there to the last event. Format: recording/README.md.

#include <cstdint>
#include <fstream>
#include <string>

#include "control-core/agent/recorder.h"
#include "control-core/node/recorder.h"
#include "recording/value.h"

namespace tflab::recording {

inline constexpr int format_version = 1;
inline constexpr const char* control_node_kind = "control-node";
inline constexpr const char* vrouter_kind = "vrouter";

class File final : public node::Tape, public agent::Tape {
public:
  // Throws std::runtime_error("cannot write ...").
  explicit File(std::string path);
  ~File();  // with the line that says that nothing is missing
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void created(const config::ControlNode& config) override;
  void took(Instant now, const node::Input& input) override;
  void gave(const node::Output& output) override;
  void created(const config::Vrouter& config) override;
  void took(Instant now, const agent::Input& input) override;
  void gave(const agent::Output& output) override;
  void gave_nothing() override;

private:
  void line(const Json& json);

  std::string path_;
  std::ofstream out_;
  std::uint64_t lines_ = 0;
};

}  // namespace tflab::recording
