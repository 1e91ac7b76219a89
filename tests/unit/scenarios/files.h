#pragma once
// Scenario files for tests: written to a folder of the test's own, loaded, taken away again.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/load.h"

namespace tflab::scenario {

class Files : public testing::Test {
protected:
  Files()
      : folder_{std::filesystem::path{testing::TempDir()} /
                ("tflab-scenarios-" + std::to_string(getpid()))} {
    std::filesystem::create_directory(folder_);
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream{path(name), std::ios::binary} << text;
    return path(name);
  }

  Loaded load_text(const std::string& text, const LoadOptions& options = {}) const {
    return load(write("lab.tflab.json", text), options);
  }
  Scenario good(const std::string& text, const LoadOptions& options = {}) const {
    auto loaded = load_text(text, options);
    if (auto* scenario = std::get_if<Scenario>(&loaded)) return std::move(*scenario);
    ADD_FAILURE() << "refused: " << to_text(std::get<std::vector<Fault>>(loaded).front());
    return {};
  }
  // Every fault as text, without the folder; one line "accepted" when there is none.
  std::vector<std::string> bad(const std::string& text, const LoadOptions& options = {}) const {
    return texts(load_text(text, options));
  }
  std::vector<std::string> texts(const Loaded& loaded) const {
    const auto* faults = std::get_if<std::vector<Fault>>(&loaded);
    if (faults == nullptr) return {"accepted"};
    std::vector<std::string> out;
    for (const Fault& fault : *faults) out.push_back(without_folder(to_text(fault)));
    return out;
  }

private:
  std::string without_folder(std::string text) const {
    const std::string prefix = folder_.string() + '/';
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }

  std::filesystem::path folder_;
};

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

// Two control nodes, two vRouters, a network with a floating-ip pool, three machines.
inline const std::string small_lab = R"({
  "tflab": 1,
  "name": "small",
  "run": {"seed": 7, "until": "5m"},
  "bgp-routers": {
    "cn1": {"router-type": "control-node", "address": "192.0.2.1"},
    "cn2": {"router-type": "control-node", "address": "192.0.2.2"}
  },
  "virtual-routers": {
    "compute1": {"virtual-router-ip-address": "192.0.2.11", "control-nodes": ["cn1"]},
    "compute2": {"virtual-router-ip-address": "192.0.2.12"}
  },
  "virtual-networks": {
    "red": {"subnets": ["10.1.0.0/24"], "network-policies": ["red-blue"]},
    "blue": {"subnets": ["10.2.0.0/24"], "floating-ip-pools": {"public": {"prefixes": ["10.2.0.128/25"]}}}
  },
  "network-policies": {
    "red-blue": {"rules": [{"simple-action": "pass", "src": "red", "dst": "blue"}]}
  },
  "virtual-machines": {
    "vm1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.9"}}},
    "vm2": {"virtual-router": "compute2", "interfaces": {"eth0": {"virtual-network": "red", "floating-ips": [{"pool": "public", "floating-ip-address": "10.2.0.130"}]}}},
    "vm3": {"virtual-router": "compute2", "interfaces": {"eth0": {"virtual-network": "blue"}}}
  },
  "events": [
    {"id": "ping", "at": "60s", "do": "ping", "from": "vm1", "to": "vm2"}
  ],
  "expect": [
    {"id": "up", "within": "30s", "invariant": "all-sessions-up"}
  ]
}
)";

}  // namespace tflab::scenario
