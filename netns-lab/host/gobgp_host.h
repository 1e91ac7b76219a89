#pragma once
// A router of the scenario played by another implementation: GoBGP's daemon as our child, told
// what our own router would do by itself, and asked what it knows. It lives in real time.

#include <cstdint>
#include <optional>
#include <string>

#include "control-core/config/model.h"
#include "netns-lab/host/daemon.h"
#include "netns-lab/lab/process.h"

namespace tflab::netns {

// The file gobgpd reads: sessions and VRFs. It announces the VRFs' import targets by itself.
std::string gobgp_config(const config::ControlNode& router);
// Arguments of gobgp(1) that announce a VRF's prefix, and that take it back.
std::vector<std::string> gobgp_announcement(const config::Vrf& vrf, const IpPrefix& prefix);
std::vector<std::string> gobgp_withdrawal(const config::Vrf& vrf, const IpPrefix& prefix);

class GobgpHost final : public DaemonNode {
public:
  GobgpHost(config::ControlNode router, std::uint16_t http_port);
  ~GobgpHost() override;

  void start() override;
  void stop() override;
  void wake() override {}  // it knows nothing of time that was skipped
  bool flushed() const override { return true; }
  void configure(const scenario::Scenario& scenario, const std::string& name) override;
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) override;
  std::uint64_t activity() const override { return 0; }
  std::optional<Instant> next_timer() const override { return {}; }
  std::uint16_t http_port() const override { return http_port_; }
  Keep keeps() const override { return Keep::root; }

private:
  void launch();
  void await_answer() const;

  config::ControlNode router_;
  std::uint16_t http_port_;
  std::optional<ProcessId> daemon_;
};

}  // namespace tflab::netns
