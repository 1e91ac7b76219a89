#include "recording/file.h"

#include <cstring>
#include <stdexcept>
#include <utility>

#include "recording/event_fields.h"

namespace tflab::recording {
namespace {

template <class Config>
Json first_line(const char* kind, const Config& config) {
  return {{"tflab-recording", format_version},
          {"kind", kind},
          {"node", config.name},
          {"configuration", write(config)}};
}

template <class Input>
Json input_line(Instant now, const Input& input) {
  Json json{{"t", now.ns}};
  json.update(write_kind("in", input));
  return json;
}

}  // namespace

File::File(std::string path) : path_{std::move(path)}, out_{path_, std::ios::trunc} {
  if (!out_) throw std::runtime_error("cannot write " + path_ + ": " + std::strerror(errno));
}

File::~File() {
  line({{"end", true}, {"lines", lines_}});
}

void File::line(const Json& json) {
  out_ << json.dump() << '\n' << std::flush;
  ++lines_;
}

void File::created(const config::ControlNode& config) {
  line(first_line(control_node_kind, config));
}
void File::took(Instant now, const node::Input& input) {
  line(input_line(now, input));
}
void File::gave(const node::Output& output) {
  line(write_kind("out", output));
}

void File::created(const config::Vrouter& config) {
  line(first_line(vrouter_kind, config));
}
void File::took(Instant now, const agent::Input& input) {
  line(input_line(now, input));
}
void File::gave(const agent::Output& output) {
  line(write_kind("out", output));
}

void File::gave_nothing() {
  line({{"out", "nothing"}});
}

}  // namespace tflab::recording
