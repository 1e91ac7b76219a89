// Pages about what the agent does for machines beside routing: link-local services, health checks.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "control-core/agent/pages.h"
#include "control-core/base/text.h"
#include "control-core/introspect/query.h"

namespace tflab::agent {
namespace {

using namespace introspect;

Tree service_row(const config::LinkLocalService& service) {
  std::vector<std::string> places;
  for (const Ip4 address : service.fabric_addresses) places.push_back(to_text(address));
  return struct_of(
      "LinkLocalServiceData",
      {string_of("linklocal_service_name", 1, service.name),
       string_of("linklocal_service_ip", 2, to_text(service.address)),
       u32_of("linklocal_service_port", 3, service.port), string_of("ipfabric_dns_name", 4, ""),
       list_of_strings("ipfabric_ip", 5, places), u32_of("ipfabric_port", 6, service.fabric_port)});
}

constexpr std::array<std::string_view, 1> check_fields = {"uuid"};

Tree instance_row(const std::string& port, const HealthChecks::Probe& probe) {
  return struct_of("HealthCheckInstanceSandeshData",
                   {string_of("vm_interface", 1, port),
                    string_of("service_ip", 2, to_text(IpAddr{probe.address})),
                    string_of("source_ip", 3, to_text(HealthChecks::asker)),
                    bool_of("active", 4, !probe.fails), u32_of("unanswered", 5, probe.unanswered)});
}

Tree check_row(const config::HealthCheck& check, std::vector<Tree> instances) {
  const auto whole = [](Duration time) {
    return static_cast<std::uint32_t>(time.ns / seconds(1).ns);
  };
  const auto rest = [](Duration time) {
    return static_cast<std::uint32_t>(time.ns % seconds(1).ns / micros(1).ns);
  };
  return struct_of(
      "HealthCheckSandeshData",
      {string_of("uuid", 1, check.name), string_of("name", 2, check.name),
       string_of("monitor_type", 3, "PING"), string_of("http_method", 4, ""),
       string_of("url_path", 5, "local-ip"), string_of("expected_codes", 6, ""),
       u32_of("delay", 7, whole(check.delay)), u32_of("delay_usecs", 8, rest(check.delay)),
       u32_of("timeout", 9, whole(check.timeout)), u32_of("timeout_usecs", 10, rest(check.timeout)),
       u32_of("max_retries", 11, check.max_retries),
       list_of_structs("inst_list", 12, std::move(instances))});
}

}  // namespace

Tree health_checks_page(const PageContext& context) {
  const auto fields = match_fields(context.request.query, check_fields);
  std::map<std::string, std::vector<Tree>> instances;
  std::map<std::string, config::HealthCheck> checks;
  for (const auto& [key, probe] : context.state.health.probes()) {
    const auto& [port, name] = key;
    if (!fields[0].empty() && fields[0] != name) continue;
    instances[name].push_back(instance_row(port, probe));
    checks.try_emplace(name, probe.check);
  }
  std::vector<Tree> rows;
  for (const auto& [name, check] : checks)
    rows.push_back(check_row(check, std::move(instances[name])));
  return page("HealthCheckSandeshResp", {list_of_structs("hc_list", 1, std::move(rows))});
}

Tree link_local_services_page(const PageContext& context) {
  std::vector<Tree> rows;
  for (const config::LinkLocalService& service : context.state.config.link_local_services)
    rows.push_back(service_row(service));
  return page("LinkLocalServiceResponse", {list_of_structs("service_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
