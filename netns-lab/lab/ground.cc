#include "netns-lab/lab/ground.h"

#include "netns-lab/lab/build.h"
#include "netns-lab/lab/lookout.h"
#include "netns-lab/lab/ping.h"
#include "netns-lab/lab/send_frame.h"
#include "netns-lab/lab/state.h"

namespace tflab::netns {
namespace {

class ThisMachine final : public Ground {
public:
  scenario::HostKind kind() const override { return scenario::HostKind::netns; }
  Plan placed(const scenario::Scenario&, Plan plan) const override { return plan; }

  void make(const Spaces& spaces, const std::string& owner) override { netns::make(spaces, owner); }
  void take_away(const Spaces& spaces) override {
    Spaces here;
    for (const Space* space : spaces)
      if (space->vm.empty()) here.push_back(space);
    netns::take_away(here);
  }
  void change_routes(const Space& before, const Space& after) override {
    netns::change_routes(before, after);
  }
  void set_power(const Space& space, bool on) override { netns::set_power(space, on); }
  std::map<std::string, ProcessId> start_programs(const Spaces& spaces,
                                                  const std::string& lab) override {
    return netns::start_programs(spaces, lab);
  }
  void stop_programs(const std::vector<Program>& programs) override {
    std::vector<ProcessId> here;
    for (const Program& program : programs)
      if (program.space->vm.empty()) here.push_back(program.process);
    netns::stop_programs(here);
  }
  std::string log_tail(const Space& space, const std::string& lab) override {
    return netns::log_tail(lab, space.node);
  }

  bool alive(const Program& program) override { return netns::alive(program.process); }
  void signal(const Program& program, int number) override {
    netns::signal(program.process, number);
  }
  void write(const std::filesystem::path& file, const std::string& content) override {
    write_atomically(file, content);
  }
  std::optional<Answer> get(const Space& space, const std::string& target) override {
    return http_get(space.name, space.http, target);
  }
  scenario::PingResult ping(const Space& from, const IpAddr& to,
                            const scenario::Ping& ping) override {
    return ping_from(from.name, to, ping);
  }
  void send(const Space& from, const std::string& device, Bytes frame) override {
    send_frame(from.name, device, frame);
  }
  std::vector<scenario::Sighting> follow(const Space& from, const std::string& device, Bytes frame,
                                         const Watched& watched) override {
    Lookout lookout{frame};
    lookout.watch_tunnels(watched.underlay->name);
    for (const auto& port : watched.ports)
      lookout.watch_port(port.space->name, port.device, port.name);
    send(from, device, frame);
    return lookout.seen();
  }
};

}  // namespace

Ground& this_machine() {
  static ThisMachine machine;
  return machine;
}

}  // namespace tflab::netns
