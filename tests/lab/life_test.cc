// A standing lab: its daemons, their configuration, commands and captures inside.
#include <gmock/gmock.h>
#include <pcap/pcap.h>

#include <csignal>
#include <thread>

#include "netns-lab/host/names.h"
#include "netns-lab/lab/http_get.h"
#include "netns-lab/lab/state.h"
#include "tests/lab/lab_fixture.h"

namespace tflab::netns {
namespace {

using scenario::Control;
using scenario::NodeRef;
using testing::HasSubstr;

class LabLife : public LabTest {
protected:
  LabLife() : scenario_{scenario_file("smoke/two-computes.tflab.json")} {
    deploy(scenario_, "l1");
    lab_ = attach("l1", "");
  }

  static ProcessId program(const std::string& node) { return load_state("l1")->programs.at(node); }

  scenario::Scenario scenario_;
  std::unique_ptr<scenario::Lab> lab_;
  const NodeRef cn1_{NodeRef::control_node, "cn1"}, compute1_{NodeRef::vrouter, "compute1"};
};

TEST_F(LabLife, lists_its_nodes_and_answers_their_pages) {
  EXPECT_EQ(lab_->kind(), scenario::HostKind::netns);
  EXPECT_EQ(lab_->nodes().size(), 6u);
  EXPECT_TRUE(lab_->page(cn1_, "BgpNeighborReq", {}));
  EXPECT_TRUE(lab_->page(compute1_, "KInterfaceReq", {}));
  EXPECT_FALSE(lab_->page(compute1_, "NoSuchReq", {}));
  EXPECT_FALSE(lab_->page({NodeRef::machine, "vm1"}, "KInterfaceReq", {}));
  EXPECT_FALSE(lab_->page({NodeRef::vrouter, "nobody"}, "KInterfaceReq", {}));
}

TEST_F(LabLife, skips_waiting_once_settled_but_counts_it) {
  const Instant begin = lab_->now();
  const auto real = std::chrono::steady_clock::now();
  lab_->advance(begin + seconds(600));
  EXPECT_GE(lab_->now(), begin + seconds(600));
  EXPECT_LT(std::chrono::steady_clock::now() - real, std::chrono::seconds{60});
  const Instant before = lab_->now();
  const Duration step = lab_->step();
  EXPECT_GE(step, millis(50));
  EXPECT_GE(lab_->now(), before + step);
}

TEST_F(LabLife, stops_and_starts_a_daemon) {
  const ProcessId first = program("bgp-router:cn1");
  lab_->control(Control::stop, cn1_);
  EXPECT_FALSE(alive(first));
  EXPECT_FALSE(lab_->page(cn1_, "BgpNeighborReq", {}));
  lab_->control(Control::stop, cn1_);  // twice is no more
  lab_->control(Control::start, cn1_);
  const ProcessId second = program("bgp-router:cn1");
  EXPECT_NE(second, first);
  EXPECT_TRUE(lab_->page(cn1_, "BgpNeighborReq", {}));
  lab_->control(Control::start, cn1_);
  EXPECT_EQ(program("bgp-router:cn1"), second);
  lab_->control(Control::restart, cn1_);
  EXPECT_NE(program("bgp-router:cn1"), second);
  lab_->control(Control::fail, compute1_);
  EXPECT_FALSE(lab_->page(compute1_, "KInterfaceReq", {}));
  lab_->control(Control::recover, compute1_);
  EXPECT_TRUE(lab_->page(compute1_, "KInterfaceReq", {}));
  EXPECT_THROW(lab_->control(Control::stop, {NodeRef::host, "nobody"}), std::runtime_error);
}

TEST_F(LabLife, stops_and_starts_a_machine) {
  lab_->control(Control::stop, {NodeRef::machine, "vm2"});
  EXPECT_EQ(lab_->ping({"vm1", "vm2", 1}).received, 0u);
  lab_->control(Control::start, {NodeRef::machine, "vm2"});
  unsigned received = 0;  // not before its neighbours know it again
  for (int tries = 0; tries < 20 && received == 0; ++tries)
    received = lab_->ping({"vm1", "vm2", 1}).received;
  EXPECT_EQ(received, 1u);
}

TEST_F(LabLife, leaves_a_stopped_daemon_stopped_when_it_is_configured) {
  lab_->control(Control::stop, cn1_);
  lab_->configure(patched(scenario_, R"({"virtual-machines": {"vm2": null}})"));
  EXPECT_FALSE(lab_->page(cn1_, "BgpNeighborReq", {}));
  EXPECT_EQ(lab_->nodes().size(), 5u);
  EXPECT_FALSE(space_exists("tflab-l1-vm2"));
  lab_->advance(lab_->now() + seconds(60));  // does not wait for one that is stopped
}

TEST_F(LabLife, tells_daemons_a_new_configuration_and_knows_that_they_took_it) {
  const ProcessId daemon = program("virtual-router:compute1");
  lab_->configure(patched(scenario_, R"({"virtual-machines": {"vm9": {
      "virtual-router": "compute1",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.9"}}}}})"));
  EXPECT_EQ(program("virtual-router:compute1"), daemon);
  const auto vifs = lab_->page(compute1_, "KInterfaceReq", {});
  ASSERT_TRUE(vifs);
  EXPECT_EQ(introspect::all(*vifs, "KInterfaceInfo").size(), 5u);  // eth0, vhost0, pkt0, vm1, vm9
}

TEST_F(LabLife, P10_has_daemons_that_keep_their_configuration_when_the_new_one_is_broken) {
  const auto good = activity_from(http_get("tflab-l1-cn1", 8083, "/activity"));
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->taken);
  std::ofstream{document_of("l1")} << "{ \"tflab\": 1, ";
  signal(program("bgp-router:cn1"), SIGHUP);
  std::optional<Activity> now;
  for (int i = 0; i < 1000; ++i) {
    now = activity_from(http_get("tflab-l1-cn1", 8083, "/activity"));
    if (now && now->document != good->document) break;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  ASSERT_TRUE(now);
  EXPECT_FALSE(now->taken);
  EXPECT_THAT(now->why, HasSubstr("scenario.json"));
  EXPECT_TRUE(lab_->page(cn1_, "BgpNeighborReq", {}));
  std::ifstream log{log_of("l1", "bgp-router:cn1")};
  const std::string words{std::istreambuf_iterator<char>{log}, {}};
  EXPECT_THAT(words, HasSubstr("configuration kept as it was"));
}

TEST_F(LabLife, has_daemons_that_are_nobody) {
  const auto status = [](const ProcessId& process) {
    std::ifstream file{"/proc/" + std::to_string(process.pid) + "/status"};
    return std::string{std::istreambuf_iterator<char>{file}, {}};
  };
  const std::string control = status(program("bgp-router:cn1"));
  const std::string vrouter = status(program("virtual-router:compute1"));
  for (const std::string& daemon : {control, vrouter}) {
    EXPECT_THAT(daemon, HasSubstr("Uid:\t65534\t65534\t65534\t65534"));
    EXPECT_THAT(daemon, HasSubstr("Gid:\t65534\t65534\t65534\t65534"));
    EXPECT_THAT(daemon, HasSubstr("NoNewPrivs:\t1"));
    EXPECT_THAT(daemon, HasSubstr("Groups:\t \n"));
  }
  EXPECT_THAT(control, HasSubstr("CapEff:\t0000000000000400"));  // CAP_NET_BIND_SERVICE: a reload
  EXPECT_THAT(control, HasSubstr("CapPrm:\t0000000000000400"));  // may listen on 179 anew
  EXPECT_THAT(vrouter, HasSubstr("CapEff:\t0000000000002000"));  // CAP_NET_RAW
  EXPECT_THAT(vrouter, HasSubstr("CapPrm:\t0000000000002000"));
}

TEST_F(LabLife, runs_commands_inside_by_any_name_of_a_node) {
  EXPECT_EQ(exec("l1", "vm1", {"ip", "link", "show", "eth0"}), 0);
  EXPECT_EQ(exec("l1", "virtual-router:compute1", {"sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(exec("l1", "vm1", {"sh", "-c", "test -e /sys/class/net/vhost0"}), 1);
  EXPECT_THROW(exec("l1", "nobody", {"true"}), std::runtime_error);
  EXPECT_THROW(exec("l1", "vm1", {"no-such-command-here"}), std::system_error);
  EXPECT_THROW(exec("l9", "vm1", {"true"}), std::runtime_error);
}

std::size_t frames_in(const std::filesystem::path& file) {
  char why[PCAP_ERRBUF_SIZE]{};
  pcap_t* pcap = pcap_open_offline(file.c_str(), why);
  if (!pcap) return 0;
  std::size_t count = 0;
  pcap_pkthdr* header = nullptr;
  const unsigned char* bytes = nullptr;
  while (pcap_next_ex(pcap, &header, &bytes) == 1) ++count;
  pcap_close(pcap);
  return count;
}

TEST_F(LabLife, writes_captures_that_are_whole_when_the_lab_goes) {
  lab_->advance(lab_->now() + seconds(5));
  lab_ = attach("l1", folder_.string());
  lab_->control(Control::restart, cn1_);
  lab_->advance(lab_->now() + seconds(30));
  lab_.reset();
  EXPECT_GT(frames_in(folder_ / "uplink.pcap"), 5u);
  EXPECT_GT(frames_in(folder_ / "control.pcap"), 5u);
  int turns = 0;
  capture("l1", "vm1", "eth0", (folder_ / "hand.pcap").string(), "icmp", [&] {
    if (turns++ == 0) exec("l1", "vm1", {"ping", "-n", "-q", "-c", "2", "-i", "0.2", "10.1.0.4"});
    return turns > 2;
  });
  EXPECT_GE(frames_in(folder_ / "hand.pcap"), 2u);
  EXPECT_THROW(
      capture("l1", "vm1", "nowhere0", (folder_ / "x.pcap").string(), "", [] { return true; }),
      std::runtime_error);
  EXPECT_THROW(capture("l1", "vm1", "eth0", (folder_ / "x.pcap").string(), "no such filter",
                       [] { return true; }),
               std::runtime_error);
  for (const char* name : {"uplink.pcap", "control.pcap", "hand.pcap"})
    std::filesystem::remove(folder_ / name);
}

TEST_F(LabLife, ends_with_goodbyes_within_five_seconds) {
  lab_->advance(lab_->now() + seconds(30));
  lab_.reset();
  const auto begin = std::chrono::steady_clock::now();
  destroy("l1");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{5});
}

}  // namespace
}  // namespace tflab::netns
