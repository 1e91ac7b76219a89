#include "sim/world/station.h"

#include "control-core/base/text.h"
#include "scenarios/mac.h"

namespace tflab::sim {

Station::Station(Underlay& underlay, Ip4 address, const std::vector<std::string>& selectors)
    : underlay_{underlay},
      address_{address},
      mac_{scenario::derived_mac("underlay/" + to_text(address))},
      interface_{underlay.trace.watch(selectors)} {
  boot();
}

void Station::boot() {
  if (on()) return;
  node_ = make_node();
  device_ = add_device(node_, mac_, underlay_.mtu());
  add_address(node_, device_, address_, underlay_.prefix_length);
  for (const auto& [prefix, via] : routes_) add_route(node_, prefix, via);
  port_ = underlay_.segment.attach(
      mac_, node_->GetId(),
      [device = device_](const SharedBytes& frame) { device->deliver(*frame); },
      [this](Direction way, Bytes frame) { underlay_.trace.crossed(interface_, way, frame); });
  underlay_.segment.serve(*port_, address_);
  device_->connect([this](const SharedBytes& frame) { underlay_.segment.send(*port_, frame); });
  services_.emplace(node_, workload_, underlay_.mtu());
}

void Station::lose_power() {
  if (!on()) return;
  services_.reset();
  device_->connect({});
  underlay_.segment.detach(*port_);
  port_.reset();
}

void Station::adapt() {
  if (!on()) return;
  device_->SetMtu(underlay_.mtu());
  for (const auto& [prefix, via] : routes_) remove_route(node_, prefix, via);
  set_prefix_length(node_, underlay_.prefix_length);
  for (const auto& [prefix, via] : routes_) add_route(node_, prefix, via);
}

void Station::set_workload(scenario::Workload workload) {
  if (workload == workload_) return;
  workload_ = workload;
  if (on()) services_.emplace(node_, workload_, underlay_.mtu());
}

void Station::set_routes(const Routes& routes) {
  if (routes == routes_) return;
  for (const auto& [prefix, via] : routes_) remove_route(node_, prefix, via);
  for (const auto& [prefix, via] : routes) add_route(node_, prefix, via);
  routes_ = routes;
}

}  // namespace tflab::sim
