#pragma once
// VMs as the ground of a lab: every vrouter is a VM that forwards with vrouter.ko, with the
// machines behind it as namespaces inside; so is every router that Linux plays; everything else
// stands on this machine, around the bridge that all their cards are on. The VMs go with this
// object.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "netns-lab/lab/ground.h"
#include "netns-lab/vm/vm.h"

namespace tflab::netns {

class Vms final : public Ground {
public:
  explicit Vms(std::string lab) : lab_{std::move(lab)} {}

  scenario::HostKind kind() const override { return scenario::HostKind::kernel; }
  Plan placed(const scenario::Scenario& scenario, Plan plan) const override;
  void make(const Spaces& spaces, const std::string& owner) override;
  void take_away(const Spaces& spaces) override;
  void change_routes(const Space& before, const Space& after) override;
  void set_power(const Space& space, bool on) override;
  std::map<std::string, ProcessId> start_programs(const Spaces& spaces,
                                                  const std::string& lab) override;
  void stop_programs(const std::vector<Program>& programs) override;
  std::string log_tail(const Space& space, const std::string& lab) override;
  bool alive(const Program& program) override;
  void signal(const Program& program, int number) override;
  void write(const std::filesystem::path& file, const std::string& content) override;
  std::optional<Answer> get(const Space& space, const std::string& target) override;
  scenario::PingResult ping(const Space& from, const IpAddr& to,
                            const scenario::Ping& ping) override;
  void send(const Space& from, const std::string& device, Bytes frame) override;
  std::vector<scenario::Sighting> follow(const Space& from, const std::string& device, Bytes frame,
                                         const Watched& watched) override;

  // Of the VMs the lab began with; events may add more. Nothing: it has had none yet.
  const std::optional<Boot>& first_boot() const { return first_boot_; }

  // What each VM has to tell in the end, as files: its console, the messages of its kernel and
  // whether something tainted it, the log of its daemon. A VM that died has only its console.
  void collect(const std::filesystem::path& folder);

private:
  Vm& of(const Space& space);
  void boot(const Space& space);
  void boot_all(const Spaces& spaces);

  std::string lab_;
  std::map<std::string, std::unique_ptr<Vm>> vms_;      // by name
  std::map<std::filesystem::path, std::string> files_;  // as last written
  std::optional<Boot> first_boot_;
};

// Sentences about what this machine lacks for VMs of that image; empty when it lacks nothing.
std::vector<std::string> missing_for_vms(const VmImage& image = vm_image());

}  // namespace tflab::netns
