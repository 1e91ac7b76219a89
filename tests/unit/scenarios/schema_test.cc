// The shipped schema and the reader agree: every shipped scenario passes both, and every mutation
// of it that the reader refuses for its form is refused by the schema, and the other way round.

#include "scenarios/schema.h"

#include <gmock/gmock.h>

#include <set>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "scenarios/position.h"
#include "tests/dsl/source_tree.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

class SchemaTest : public Files {
protected:
  SchemaTest() {
    const auto text = nlohmann::json::parse(schema_text());
    valijson::SchemaParser{valijson::SchemaParser::kDraft7}.populateSchema(
        valijson::adapters::NlohmannJsonAdapter{text}, schema_);
  }

  bool schema_accepts(const Json& document) {
    const auto plain = nlohmann::json::parse(document.dump());
    const valijson::adapters::NlohmannJsonAdapter target{plain};
    return valijson::Validator{valijson::Validator::kStrongTypes}.validate(schema_, target,
                                                                           nullptr);
  }

  // The schema cannot know names, times of other events, or addresses; the reader's faults of form
  // begin with these words. What a rehearsal finds stands behind a patch, which the schema leaves
  // open.
  static bool of_form(const Fault& fault) {
    if (fault.message.find("after event") != std::string::npos) return false;
    // What a generator makes of its template and pools is no part of the text.
    for (const char* made : {"/cg-", "/vg-", "/ng-", "/mg-"})
      if (fault.pointer.find(made) != std::string::npos) return false;
    for (const char* words : {"unknown key", "unknown collection", "expected ", "is missing"})
      if (fault.message.find(words) != std::string::npos) return true;
    return fault.message.find("not supported by this version; take it out") != std::string::npos;
  }

  void expect_agreement(const Json& document, const std::string& what) {
    ++mutations_;
    const bool schema = schema_accepts(document);
    const auto loaded = load_text(document.dump(1));
    const auto* faults = std::get_if<std::vector<Fault>>(&loaded);
    if (!schema) {
      EXPECT_NE(faults, nullptr) << what << ": only the schema refuses";
    }
    if (faults == nullptr || !schema) return;
    for (const Fault& fault : *faults)
      EXPECT_FALSE(of_form(fault)) << what << ": only the reader refuses: " << to_text(fault);
  }

  // Each value gone, under another name, and of another type; once for each place in the format,
  // however often the document has it.
  void mutate_all(const Json& whole, const Json& at, const std::string& pointer,
                  const std::string& shape) {
    if (at.is_object())
      for (const auto& [key, value] : at.items()) mutate(whole, pointer, key, value, shape);
    if (at.is_array() && !at.empty())
      for (std::size_t i = 0; i < at.size(); ++i)
        mutate_all(whole, at[i], pointer + '/' + std::to_string(i), shape + "/#");
  }

  static bool names_follow(const std::string& shape) {
    for (const char* collection : {"/bgp-routers",
                                   "/virtual-routers",
                                   "/hosts",
                                   "/virtual-networks",
                                   "/network-policies",
                                   "/security-groups",
                                   "/logical-routers",
                                   "/virtual-machines",
                                   "/interfaces",
                                   "/captures",
                                   "/routes",
                                   "/floating-ip-pools",
                                   "/generate",
                                   "/peers",
                                   "/neighbors",
                                   "/dynamic-neighbors",
                                   "/physical-routers",
                                   "/vrfs",
                                   "/linklocal-services",
                                   "/service-health-checks",
                                   "/forwarding-classes",
                                   "/qos-configs",
                                   "/dscp-entries",
                                   "/vlan-priority-entries",
                                   "/mpls-exp-entries"})
      if (shape.ends_with(collection)) return true;
    return false;
  }

  void mutate(const Json& whole, const std::string& pointer, const std::string& key,
              const Json& value, const std::string& parent) {
    const std::string own = pointer + '/' + pointer_token(key);
    const std::string shape = parent + '/' + (names_follow(parent) ? "*" : key);
    if (seen_.insert(shape).second) {
      Json gone = whole;
      gone[Json::json_pointer(pointer)].erase(key);
      expect_agreement(gone, "without " + own);
      gone[Json::json_pointer(pointer)][key + "z"] = value;
      expect_agreement(gone, "renamed " + own);
      if (retyping_) retype(whole, own, value);
    }
    mutate_all(whole, value, own, shape);
  }

  // One of the other types, taken in turn.
  void retype(const Json& whole, const std::string& own, const Json& value) {
    const std::vector<Json> others = {nullptr, Json::array({3}), -1, {{"z", 1}}, true, "?", 0.5};
    Json changed = whole;
    Json& at = changed[Json::json_pointer(own)];
    do at = others[next_type_++ % others.size()];
    while (at.type() == value.type());
    expect_agreement(changed, own + " = " + at.dump());
  }

  static Json shipped(const std::string& name) {
    std::ifstream in{test::in_tree(name)};
    EXPECT_TRUE(in) << name;
    return Json::parse(in, nullptr, true, true);
  }

  valijson::Schema schema_;
  std::set<std::string> seen_;
  bool retyping_ = false;  // the scenario with every key covers it for the others
  std::size_t next_type_ = 0;
  unsigned mutations_ = 0;
};

constexpr const char* shipped_scenarios[] = {
    "scenarios/two-node-k8s.tflab.json",
    "scenarios/smoke/two-computes.tflab.json",
    "scenarios/features/headless-and-failover.tflab.json",
    "scenarios/features/security-group.tflab.json",
    "scenarios/features/logical-router.tflab.json",
    "scenarios/features/network-policy.tflab.json",
    "scenarios/features/floating-ip.tflab.json",
    "scenarios/features/allowed-address-pairs.tflab.json",
    "scenarios/features/bridged-security-group.tflab.json",
    "scenarios/features/ecmp-service.tflab.json",
    "scenarios/features/link-local.tflab.json",
    "scenarios/features/health-check.tflab.json",
    "scenarios/features/link-flap.tflab.json",
    "scenarios/features/qos.tflab.json",
    "docs/examples/route-reflector.json",
    "scenarios/features/asic-tables.tflab.json",
    "scenarios/features/rt-filter-mesh.tflab.json",
    "scenarios/features/rt-filter-default-target.tflab.json"};

// Every key and kind of value that the format has, so that mutations reach all of the reader.
const std::string everything = R"({
  "$schema": "x", "tflab": 1, "name": "all", "description": "d", "tags": ["a", "b"],
  "run": {"on": ["sim", "netns"], "seed": 1, "until": "600s", "stop-when": "never", "fidelity": "tcp", "speed": "max", "differential": false},
  "global-system-config": {"autonomous-system": 64512, "ibgp-auto-mesh": false, "route-target-filtering": "rfc4684", "graceful-restart-parameters": {"enable": true, "restart-time": 60, "long-lived-restart-time": 300, "end-of-rib-timeout": 30, "bgp-helper-enable": true, "xmpp-helper-enable": true}},
  "global-vrouter-config": {"encapsulation-priorities": ["MPLSoUDP", "VXLAN"], "xmpp-keepalive": "3s", "vhost0-in-ip-fabric": true,
    "linklocal-services": {"metadata": {"linklocal-service-ip": "169.254.169.254", "linklocal-service-port": 80, "ip-fabric-service-ip": ["192.0.2.20"], "ip-fabric-service-port": 8775}}},
  "generate": {
    "c": {"kind": "bgp-router", "count": 1, "name": "cg-{i:02}", "address-pool": "192.0.2.128/29", "template": {"router-type": "control-node"}},
    "v": {"kind": "virtual-router", "count": {"distribution": "uniform", "min": 1, "max": 2}, "name": "vg-{i}", "address-pool": "192.0.2.144/29"},
    "n": {"kind": "virtual-network", "count": {"distribution": "constant", "value": 2}, "name": "ng-{i}", "subnet-pool": "10.9.0.0/16", "subnet-length": 24},
    "m": {"kind": "virtual-machine", "per": "virtual-router:vg-*", "count": {"distribution": "poisson", "mean": 2}, "name": "mg-{per}-{i}",
      "pick": {"virtual-network": {"distribution": "zipf", "s": 1, "over": "virtual-network:ng-*"}, "virtual-router": {"distribution": "round-robin", "over": "virtual-router:*"}}}},
  "underlay": {"model": "clos", "leaves": 4, "defaults": {"delay": "1ms", "rate": "1Gbps", "mtu": 1500}},
  "bgp-routers": {
    "cn1": {"router-type": "control-node", "address": "192.0.2.1", "identifier": "10.0.0.1", "port": 179, "autonomous-system": 65000, "cluster-id": 7, "hold-time": 30, "address-families": ["inet-vpn", "route-target"], "cpu": {"cores": 4, "per-update": "20us"},
      "peers": {"cn2": {"address-families": ["inet-vpn"], "hold-time": 9, "passive": true, "route-reflector-client": true, "prefix-limit": 1000, "delay-open": 15}}},
    "cn2": {"router-type": "control-node", "address": "192.0.2.2", "listen": ["192.0.2.2", "[::]:1790"], "xmpp-port": 5270, "introspect-port": 8090,
      "neighbors": {"mx": {"address": "192.0.2.99", "port": 1790, "local-address": "192.0.2.2", "passive": false, "autonomous-system": 65001, "address-families": ["inet-vpn"], "hold-time": 30, "route-reflector-client": false, "md5-key": "k", "ttl-security": 1}},
      "dynamic-neighbors": {"198.51.100.0/24": {"limit": 10, "autonomous-system": "any", "address-families": ["inet-vpn", "e-vpn"], "hold-time": 9, "route-reflector-client": true, "md5-key": "k", "multihop-ttl": 9}}},
    "mx1": {"router-type": "router", "address": "192.0.2.3"}},
  "physical-routers": {"mx1": {"implementation": "gobgp", "bgp-router": "mx1", "table-limits": {"routes": 1000, "vrfs": 10, "tunnels": 100},
    "vrfs": {"A": {"route-distinguisher": "192.0.2.3:1", "import-route-targets": ["target:64512:1"], "export-route-targets": ["target:64512:1"], "label-mode": "per-vrf", "prefixes": ["203.0.113.0/24"]}}}},
  "virtual-routers": {"compute1": {"virtual-router-ip-address": "192.0.2.11", "virtual-router-type": "embedded", "mac": "02:00:00:00:00:11", "control-nodes": ["cn1", "cn2"], "gateway": "192.0.2.250"}},
  "hosts": {"plain": {"address": "192.0.2.20", "routes": {"10.1.0.0/24": "192.0.2.11"}, "workload": "udp-echo"}},
  "virtual-networks": {
    "red": {"subnets": ["10.1.0.0/24"], "route-targets": ["target:64512:1"], "import-route-targets": ["target:10.0.0.1:2"], "export-route-targets": ["target:4200000000:3"], "forwarding-mode": "l3", "rpf": "disable", "network-policies": ["p"], "provider-network": "ip-fabric", "ecmp-hashing-include-fields": ["source-ip", "destination-ip", "ip-protocol", "source-port", "destination-port"], "qos-config": "voice", "virtual-network-network-id": 9, "floating-ip-pools": {"pool": {"prefixes": ["10.1.0.128/25"]}}}},
  "network-policies": {"p": {"rules": [{"simple-action": "deny", "direction": ">", "protocol": "any", "src": "red", "dst": "any", "src-ports": "1-99", "dst-ports": "any"}, {"simple-action": "pass", "qos-action": "voice"}]}},
  "security-groups": {"g": {"security-group-id": 7, "rules": [{"src": "local", "dst": "10.1.0.0/24", "protocol": 47, "src-ports": "any", "dst-ports": "80"}]}},
  "logical-routers": {"lr": {"virtual-networks": ["red"], "logical-router-type": "vxlan-routing", "vxlan-network-identifier": 5000, "route-targets": ["target:64512:5000"]}},
  "service-health-checks": {"alive": {"monitor-type": "PING", "health-check-type": "link-local", "delay": "1s", "timeout": "500ms", "max-retries": 2}},
  "forwarding-classes": {"gold": {"forwarding-class-id": 1, "forwarding-class-dscp": 46, "forwarding-class-vlan-priority": 5, "forwarding-class-mpls-exp": 6, "qos-queue": 2}},
  "qos-configs": {"voice": {"qos-config-type": "project", "default-forwarding-class-id": 1, "dscp-entries": {"46": 1}, "vlan-priority-entries": {"5": 1}, "mpls-exp-entries": {"7": 1}}},
  "virtual-machines": {"vm1": {"virtual-router": "compute1", "workload": "tcp-echo", "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.3", "mac": "02:00:00:00:00:01", "floating-ips": [{"pool": "pool", "floating-ip-address": "10.1.0.130", "floating-ip-traffic-direction": "ingress", "floating-ip-port-mappings": [{"protocol": "tcp", "src-port": 80, "dst-port": 8080}]}], "security-groups": ["g"], "allowed-address-pairs": ["10.1.0.100/32"], "ecmp-addresses": ["10.1.0.101/32"], "ecmp-hashing-include-fields": ["source-ip"], "qos-config": "voice", "service-health-checks": ["alive"]}}}},
  "events": [
    {"id": "a", "at": "1s", "do": "add", "objects": {"virtual-machines": {"vm2": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}}}, "virtual-networks": {"blue": {"subnets": ["10.2.0.0/24"]}}, "network-policies": {"q": {"rules": []}}, "security-groups": {"h": {"rules": []}}, "service-health-checks": {"k": {"monitor-type": "PING", "delay": "1s", "timeout": "1s", "max-retries": 0}}, "forwarding-classes": {"tin": {"forwarding-class-id": 9}}, "qos-configs": {"mail": {}}, "logical-routers": {"m": {"virtual-networks": ["blue"]}}}},
    {"id": "b", "after": "a", "delay": "1s", "do": "patch", "target": "virtual-network:blue", "patch": {"rpf": "disable"}},
    {"id": "c", "at": "3s", "do": "remove", "target": ["virtual-machine:vm2", "logical-router:m", "virtual-network:blue"]},
    {"id": "d", "at": "4s", "do": "ping", "from": "vm1", "to": "plain", "packets": 2},
    {"id": "e", "at": "5s", "do": "mark"},
    {"id": "f", "at": "6s", "do": "restart", "target": "virtual-router:compute1"},
    {"id": "m", "at": "7s", "do": "stop", "target": "bgp-router:cg*", "count": 1, "choose": "random", "every": "1s", "times": 2},
    {"id": "n", "at": "8s", "do": "start", "target": "virtual-router:vg*", "spread": {"distribution": "uniform", "min": "0s", "max": "1s"}},
    {"id": "o", "at": "9s", "do": "move", "target": "virtual-machine:vm1", "to": "virtual-router:*", "count": 1, "choose": "first", "every": "1s", "times": 2},
    {"id": "s", "at": "10s", "do": "announce", "target": "virtual-machine:vm1", "prefixes": ["10.1.0.100/32"]},
    {"id": "t", "at": "11s", "do": "withdraw", "target": "physical-router:mx1", "table": "A", "prefixes": ["203.0.113.0/24"]},
    {"id": "u", "at": "12s", "do": "announce", "target": "physical-router:mx1", "table": "A", "prefixes": ["203.0.113.0/24"]},
    {"id": "v", "at": "13s", "do": "partition", "target": "bgp-router:cn1"},
    {"id": "w", "at": "14s", "do": "heal"},
    {"id": "x", "at": "15s", "do": "link-down", "target": "bgp-router:cn1"},
    {"id": "y", "at": "16s", "do": "link-up", "target": "bgp-router:cn1"},
    {"id": "z", "at": "17s", "do": "flap", "target": "virtual-router:*", "every": "1s", "times": 2, "count": 1, "choose": "random"}],
  "expect": [
    {"id": "g", "description": "d", "source": "s", "within": "1s", "after": "a", "until": "f", "level": "should", "on": ["sim"], "session": {"of": "bgp-router:cn1", "with": "virtual-router:*", "encoding": "XMPP", "state": "Established", "count": {"ge": 1, "le": 2, "gt": 0, "lt": 3, "ne": 9, "eq": 1}}},
    {"id": "h", "at": "2s", "route": {"on": "bgp-router:cn1", "table": "default-domain:default-project:red:red.inet.0", "prefix": "10.1.0.3/32", "present": true, "next-hop": "192.0.2.11", "source": "compute1", "label": {"between": [16, 99]}, "paths": 1, "encap": ["gre"], "local-preference": 200}},
    {"id": "i", "always": true, "table": {"on": "bgp-router:cn1", "name": "bgp.l3vpn.0", "prefixes": 1, "paths": 1, "primary-paths": 0}},
    {"id": "j", "never": true, "reachable": {"from": "vm1", "to": "192.0.2.1", "is": false, "encap": "native", "loss": 0, "ttl": 63, "size": 100, "dont-fragment": true, "path-mtu": 1400, "hops": 1, "expired-at": "10.1.0.254", "drop-reason": "invalid-source"}},
    {"id": "flood", "never": true, "flood": {"from": "vm2", "members": 20, "copies": {"ge": 1}, "fan-out": {"le": 4}, "hops": 3}},
    {"id": "r", "never": true, "reachable": {"from": "vm1", "to": "192.0.2.1", "protocol": "udp", "port": 7}},
    {"id": "k", "invariant": "label-unique"},
    {"id": "k2", "invariant": "tables-fit"},
    {"id": "k3", "metric": {"name": "fib-routes", "agg": "max", "is": {"le": 1000}}},
    {"id": "q", "after": "m", "metric": {"name": "busy-time", "of": "bgp-router:*", "agg": "max", "is": {"le": 60}}},
    {"id": "p", "after": "m", "metric": {"name": "convergence-time", "of": "virtual-router:*", "agg": "p99", "since": "m", "is": {"le": 60}}},
    {"id": "l", "same-as": {"host": "sim", "compare": ["fib"]}}],
  "outputs": {"trace": "none", "captures": {"c": {"on": "virtual-router:*/vhost0", "filter": "icmp"}}, "dump": ["nei", "rt"], "report": ["json"], "graph": ["dot"]}
})";

TEST_F(SchemaTest, accepts_every_shipped_scenario_as_the_reader_does) {
  for (const char* name : shipped_scenarios) {
    EXPECT_TRUE(schema_accepts(shipped(name))) << name;
    good(shipped(name).dump());
  }
  EXPECT_TRUE(schema_accepts(Json::parse(small_lab)));
  EXPECT_TRUE(schema_accepts(Json::parse(everything)));
  good(everything);
}

TEST_F(SchemaTest, refuses_what_the_reader_refuses_in_shipped_scenarios) {
  for (const char* name : shipped_scenarios) {
    const Json document = shipped(name);
    mutate_all(document, document, "", "");
  }
  EXPECT_GT(mutations_, 150u);
}

TEST_F(SchemaTest, refuses_what_the_reader_refuses_in_a_scenario_with_every_key) {
  retyping_ = true;
  const Json document = Json::parse(everything);
  mutate_all(document, document, "", "");
  EXPECT_GT(mutations_, 500u);
}

TEST_F(SchemaTest, accepts_the_smallest_scenario_of_the_readme) {
  std::ifstream in{test::in_tree("scenarios/README.md")};
  const std::string readme{std::istreambuf_iterator<char>{in}, {}};
  const auto begin = readme.find("```json\n") + 8, end = readme.find("```", begin);
  ASSERT_LT(end, readme.size());
  const std::string smallest = readme.substr(begin, end - begin);
  EXPECT_EQ(good(smallest).machines.size(), 2u);
  EXPECT_TRUE(schema_accepts(Json::parse(smallest)));
}

TEST_F(SchemaTest, allows_variables_in_strings_and_extensions_in_objects) {
  Json document = Json::parse(small_lab);
  document["vars"] = {{"net", "192.0.2"}, {"wait", 60}};
  document["virtual-routers"]["compute1"]["virtual-router-ip-address"] = "${net}.11";
  document["events"][0]["at"] = "${wait}s";
  document["events"][0]["x-note"] = "why";
  document["run"]["//"] = "a comment";
  EXPECT_TRUE(schema_accepts(document));
  good(document.dump());
}

}  // namespace
}  // namespace tflab::scenario
