#pragma once
// Security groups and network policies, asked about one packet. Pure functions of configuration.

#include <cstdint>
#include <string>
#include <vector>

#include "control-core/config/model.h"
#include "vrouter-core/ops/flow.h"

namespace tflab::agent {

using GroupIds = std::vector<std::uint32_t>;

// As they travel with routes, in order; groups nobody configured are left out.
GroupIds ids_of(const config::Fabric& fabric, const std::vector<std::string>& groups);

// Whether an interface in these groups may get the packet (`ingress`) or send it. In no group: yes.
// In some: when one rule of one of them says so.
bool groups_allow(const config::Fabric& fabric, const std::vector<std::string>& groups,
                  bool ingress, const vr::FlowKey& packet, const GroupIds& remote);

// What the policies of `network` say about a packet between two networks: the first rule that is
// about it, and no, when there is none. Nothing is asked within a network, of one without policies,
// or about a network nobody has named (the fabric).
struct PolicyAnswer {
  bool pass = true;
  std::string qos_config{};  // how it is to be marked, if the rule says so
};
PolicyAnswer policies_say(const config::Fabric& fabric, const std::string& network,
                          const std::string& src, const std::string& dst,
                          const vr::FlowKey& packet);

// Whether packets have to be looked at for this at all, or routes alone can do it.
bool judges_packets(const config::Fabric& fabric, const config::Network& network);

}  // namespace tflab::agent
