// What agents do for machines beside routing: link-local services.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/draft.h"
#include "scenarios/read_nodes.h"

namespace tflab::scenario {
namespace {

constexpr Key service_keys[] = {{"linklocal-service-ip", Key::required},
                                {"linklocal-service-port", Key::required},
                                {"ip-fabric-service-ip", Key::required},
                                {"ip-fabric-service-port", Key::required},
                                {"ip-fabric-DNS-service-name", Key::refused}};
constexpr IpPrefix link_local{Ip4{0xa9fe0000}, 16};

// RFC 3927: what no network has for its own.
std::optional<Ip4> link_local_address(const Node& node) {
  const auto address = node.ip4();
  if (!address || link_local.covers(*address)) return address;
  node.fault(to_text(*address) + " is not link-local; take an address of " + to_text(link_local));
  return {};
}

// A vRouter would ask itself, from its own address: no kernel takes such a packet from outside.
std::optional<Ip4> service_place(const Node& node, const Draft& to) {
  const auto address = host_address(node);
  if (!address) return {};
  for (const auto& [name, router] : to.scenario.virtual_routers)
    if (router.address == *address)
      node.fault(to_text(*address) + " is vRouter " + in_quotes(name) +
                 "'s, whose own machines could not reach it there; name another host");
  return address;
}

void read_link_local_service(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(service_keys)) return;
  config::LinkLocalService service;
  service.name = node.name();
  take(node, "linklocal-service-ip", service.address, link_local_address);
  take(node, "linklocal-service-port", service.port, integer<1, 65535>);
  take(node, "ip-fabric-service-port", service.fabric_port, integer<1, 65535>);
  if (const auto list = node.at("ip-fabric-service-ip")) {
    read_list(*list, "a list of addresses", service.fabric_addresses,
              [&](const Node& n) { return service_place(n, to); });
    if (list->json().is_array() && list->json().empty()) list->fault("name at least one address");
  }
  auto& services = to.scenario.link_local_services;
  const auto same = std::ranges::find_if(services, [&](const config::LinkLocalService& other) {
    return other.address == service.address && other.port == service.port;
  });
  if (same != services.end() && service.port != 0)
    node.fault(in_quotes(same->name) + " has " + to_text(service.address) + " port " +
               std::to_string(service.port) + " already; choose another");
  services.push_back(std::move(service));
}

}  // namespace

void read_services(const Node& root, Draft& to) {
  if (const auto settings = root.at("global-vrouter-config"))
    read_all(*settings, "linklocal-services", to, read_link_local_service);
}

}  // namespace tflab::scenario
