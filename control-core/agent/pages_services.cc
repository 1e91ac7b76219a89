// Pages about what the agent does for machines beside routing: link-local services.

#include <string>
#include <vector>

#include "control-core/agent/pages.h"
#include "control-core/base/text.h"

namespace tflab::agent {
namespace {

using namespace introspect;

Tree service_row(const config::LinkLocalService& service) {
  std::vector<std::string> places;
  for (const Ip4 address : service.fabric_addresses) places.push_back(to_text(address));
  return struct_of("LinkLocalServiceData",
                   {string_of("linklocal_service_name", 1, service.name),
                    string_of("linklocal_service_ip", 2, to_text(service.address)),
                    u32_of("linklocal_service_port", 3, service.port),
                    string_of("ipfabric_dns_name", 4, ""),
                    list_of_strings("ipfabric_ip", 5, places),
                    u32_of("ipfabric_port", 6, service.fabric_port)});
}

}  // namespace

Tree link_local_services_page(const PageContext& context) {
  std::vector<Tree> rows;
  for (const config::LinkLocalService& service : context.state.config.link_local_services)
    rows.push_back(service_row(service));
  return page("LinkLocalServiceResponse", {list_of_structs("service_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
