#pragma once
// Fully qualified names as the original writes them.

#include <string>
#include <string_view>

namespace tflab::config {

inline constexpr std::string_view ip_fabric = "default-domain:default-project:ip-fabric";
inline constexpr std::string_view default_network =
    "default-domain:default-project:default-virtual-network";
inline constexpr std::string_view link_local = "default-domain:default-project:__link_local__";
inline constexpr std::string_view master_instance =
    "default-domain:default-project:ip-fabric:__default__";
inline constexpr std::string_view control_jid = "network-control@contrailsystems.com";

// "a:b:lr" -> "a:b:__contrail_lr_internal_vn_lr__", the network inside a logical router with VXLAN
// routing.
inline std::string inside_of(std::string_view router) {
  const auto last = router.rfind(':') + 1;
  return std::string{router.substr(0, last)} + "__contrail_lr_internal_vn_" +
         std::string{router.substr(last)} + "__";
}
// "a:b:vn" -> "a:b:vn:vn", the network's routing instance.
inline std::string instance_of(std::string_view network) {
  const auto colon = network.rfind(':');
  return std::string{network} + ":" + std::string{network.substr(colon + 1)};
}
// "a:b:vn:vn" -> "a:b:vn".
inline std::string network_of(std::string_view instance) {
  return std::string{instance.substr(0, instance.rfind(':'))};
}

}  // namespace tflab::config
