#pragma once
// What a scenario needs on a machine, as values: namespaces, the wires between them, what is said
// to ip(8) inside, and which program lives there. Two plans compared are what an update has to do.

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::netns {

// A veth pair. It belongs to the namespace at its near end and goes with it; the far end is in a
// namespace that is made earlier, or in the same one.
struct Wire {
  std::string device{}, mac{};  // mac empty: the kernel's choice
  std::string far_space{}, far_device{};
  bool bridged = false;  // the far end is a port of that namespace's bridge
  bool bare = false;     // near end has no stack: no ARP, no address (the fabric vif)
  unsigned mtu = 1500;
  friend bool operator==(const Wire&, const Wire&) = default;
};

struct Space {
  std::string node{};  // "virtual-machine:coredns"; "underlay"
  std::string name{};  // of the namespace
  std::string vm{};    // the VM it stands in, which is called like its vrouter's space; empty: here
  std::vector<Wire> wires{};
  std::vector<std::string> setup{};    // lines for ip(8) once the wires are there
  std::vector<std::string> routes{};   // "10.0.0.1/32 via 192.0.2.1": can change while it lives
  std::vector<std::string> program{};  // argv without the folder; empty: only the kernel
  unsigned http = 0;                   // port of its introspect pages; 0: none
  bool ipv6 = false;
  friend bool operator==(const Space&, const Space&) = default;
};

using Plan = std::vector<Space>;  // an order in which they can be made
using Spaces = std::vector<const Space*>;

Spaces all_of(const Plan& plan);

// A VM is there for a vrouter and its machines.
inline bool is_vm(const Space& space) {
  return space.vm == space.name;
}
// What is a wire to the underlay here is the VM's network card: no veth pair, but a tap at the far
// end.
inline bool is_card(const Space& space, const Wire& wire) {
  return is_vm(space) && wire.bridged;
}

// Name of a node as state files and selectors write it: "virtual-router:compute1".
std::string key_of(const scenario::NodeRef& node);
std::optional<scenario::NodeRef> node_of(const std::string& key);

// Where the daemons of a lab find what they are told.
struct Files {
  std::string scenario, clock;
};

// `before`: an earlier plan of this lab, so that nodes keep the names they have. Throws when the
// scenario asks for what cannot be named here.
Plan plan(const scenario::Scenario& scenario, const std::string& lab, const Files& files,
          const Plan& before);

const Space* find(const Plan& plan, const std::string& node);
// By what a person writes: "coredns", "compute1" or "virtual-router:compute1"; short host names
// too.
const Space* look_up(const Plan& plan, const std::string& name);

// As look_up; a `hosts` entry with the address of a control node is that node.
const Space* space_called(const Plan& plan, const scenario::Scenario& scenario,
                          const std::string& name);

// Spaces of `before` that must go, and of `after` that must be made; one that changed in a way that
// cannot be changed while it lives is in both, and so is everything wired to it.
struct Difference {
  Spaces gone, made, rerouted;
};
Difference difference(const Plan& before, const Plan& after);

nlohmann::json json_of(const Plan& plan);
Plan plan_from(const nlohmann::json& json);

}  // namespace tflab::netns
