#pragma once
// What the spaces of a lab stand on: this machine's kernel or, for some of them, the kernels of
// VMs. Whoever changes or asks a lab does it through here and never knows which.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netns-lab/lab/http_get.h"
#include "netns-lab/lab/plan.h"
#include "netns-lab/lab/process.h"
#include "scenarios/lab.h"

namespace tflab::netns {

// Where what a lab's machines send is looked for: at ports of machines, called `name`, and in
// tunnels over the underlay.
struct Watched {
  struct Port {
    const Space* space;
    std::string device, name;
  };
  const Space* underlay;
  std::vector<Port> ports;
};

// A program of a space, by its number on the kernel it runs on.
struct Program {
  const Space* space;
  ProcessId process;
};

class Ground {
public:
  virtual ~Ground() = default;
  virtual scenario::HostKind kind() const = 0;
  // The plan of this scenario with what this ground adds to it: which spaces stand in VMs.
  virtual Plan placed(const scenario::Scenario& scenario, Plan plan) const = 0;

  // As in build.h.
  virtual void make(const Spaces& spaces, const std::string& owner) = 0;
  virtual void take_away(const Spaces& spaces) = 0;
  virtual void change_routes(const Space& before, const Space& after) = 0;
  virtual void set_power(const Space& space, bool on) = 0;
  virtual std::map<std::string, ProcessId> start_programs(const Spaces& spaces,
                                                          const std::string& lab) = 0;
  virtual void stop_programs(const std::vector<Program>& programs) = 0;
  virtual std::string log_tail(const Space& space, const std::string& lab) = 0;

  virtual bool alive(const Program& program) = 0;
  virtual void signal(const Program& program, int number) = 0;
  // Files that programs read, the same everywhere.
  virtual void write(const std::filesystem::path& file, const std::string& content) = 0;
  virtual std::optional<Answer> get(const Space& space, const std::string& target) = 0;
  virtual scenario::PingResult ping(const Space& from, const IpAddr& to,
                                    const scenario::Ping& ping) = 0;
  virtual void send(const Space& from, const std::string& device, Bytes frame) = 0;
  // ... and where it came by.
  virtual std::vector<scenario::Sighting> follow(const Space& from, const std::string& device,
                                                 Bytes frame, const Watched& watched) = 0;
};

// This machine. It knows nothing of what stands in somebody's VMs: that goes with them.
Ground& this_machine();

}  // namespace tflab::netns
