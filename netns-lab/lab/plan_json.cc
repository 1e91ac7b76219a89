// A plan as the state folder keeps it.
#include <nlohmann/json.hpp>

#include "netns-lab/lab/plan.h"

namespace tflab::netns {

using nlohmann::json;

static void to_json(json& out, const Wire& wire) {
  out = {{"device", wire.device},
         {"mac", wire.mac},
         {"far-space", wire.far_space},
         {"far-device", wire.far_device},
         {"bridged", wire.bridged},
         {"bare", wire.bare},
         {"mtu", wire.mtu}};
}
static void from_json(const json& in, Wire& wire) {
  in.at("device").get_to(wire.device);
  in.at("mac").get_to(wire.mac);
  in.at("far-space").get_to(wire.far_space);
  in.at("far-device").get_to(wire.far_device);
  in.at("bridged").get_to(wire.bridged);
  in.at("bare").get_to(wire.bare);
  in.at("mtu").get_to(wire.mtu);
}

static void to_json(json& out, const Space& space) {
  out = {{"node", space.node},       {"name", space.name},   {"vm", space.vm},
         {"wires", space.wires},     {"setup", space.setup}, {"routes", space.routes},
         {"program", space.program}, {"http", space.http},   {"ipv6", space.ipv6}};
}
static void from_json(const json& in, Space& space) {
  in.at("node").get_to(space.node);
  in.at("name").get_to(space.name);
  in.at("vm").get_to(space.vm);
  in.at("wires").get_to(space.wires);
  in.at("setup").get_to(space.setup);
  in.at("routes").get_to(space.routes);
  in.at("program").get_to(space.program);
  in.at("http").get_to(space.http);
  in.at("ipv6").get_to(space.ipv6);
}

json json_of(const Plan& plan) {
  return json(plan);
}
Plan plan_from(const json& in) {
  return in.get<Plan>();
}

}  // namespace tflab::netns
