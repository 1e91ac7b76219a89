// What agents do for machines beside routing: link-local services, health checks.

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

constexpr Key check_keys[] = {{"monitor-type", Key::required}, {"delay", Key::required},
                              {"timeout", Key::required},      {"max-retries", Key::required},
                              {"health-check-type"},           {"http-method", Key::refused},
                              {"url-path", Key::refused},      {"expected-codes", Key::refused},
                              {"target-ip-list", Key::refused}};
constexpr Choice<bool> monitors[] = {{"PING", true}};
constexpr std::string_view monitors_refused[] = {"HTTP", "BFD"};
constexpr Choice<bool> check_types[] = {{"link-local", true}};
constexpr std::string_view check_types_refused[] = {"end-to-end", "segment", "vn-ip-list"};
constexpr Duration shortest_time = millis(100);

void read_time(const Node& node, std::string_view key, Duration& to) {
  take(node, key, to, &Node::duration);
  if (const auto at = node.at(key); at && to < shortest_time)
    at->fault("a machine is not asked more often than every 100ms");
}

void read_health_check(const Node& node, Draft& to) {
  check_full_name(node);
  if (!node.object(check_keys)) return;
  config::HealthCheck check;
  check.name = full_name(node.name());
  if (const auto type = node.at("monitor-type")) type->one_of<bool>(monitors, monitors_refused);
  if (const auto type = node.at("health-check-type"))
    type->one_of<bool>(check_types, check_types_refused);
  read_time(node, "delay", check.delay);
  read_time(node, "timeout", check.timeout);
  take(node, "max-retries", check.max_retries, integer<0, 100>);
  const std::string name = check.name;
  if (!to.scenario.health_checks.emplace(name, std::move(check)).second)
    node.key_fault(in_quotes(name) + " is there already under its full name; take one out");
}

}  // namespace

void read_services(const Node& root, Draft& to) {
  if (const auto settings = root.at("global-vrouter-config"))
    read_all(*settings, "linklocal-services", to, read_link_local_service);
  read_all(root, "service-health-checks", to, read_health_check);
}

}  // namespace tflab::scenario
