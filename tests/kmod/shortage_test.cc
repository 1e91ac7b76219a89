// Memory that is not to be had, in a kernel that can be told to refuse it: of every command each
// allocation fails once.

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include "netns-lab/kernel/protocol.h"
#include "tests/kmod/kernel_node.h"
#include "vrouter-core/ops/octets.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;
using netns::Genetlink;
using Command = Genetlink::Command;

// Lets the n-th allocation from now fail that this thread asks the kernel for.
class Shortage {
public:
  Shortage() {
    ::mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);  // may be there
    // What could wait as well, single pages, and not a trace in the log for each.
    for (const std::string of : {"failslab", "fail_page_alloc"})
      for (const auto& [name, value] :
           {std::pair{"ignore-gfp-wait", "N"}, {"verbose", "0"}, {"min-order", "0"}})
        std::ofstream{"/sys/kernel/debug/" + of + "/" + name} << value;
    // Not for what the kernel watches itself with: kmemleak would stop to look. machine.py says for
    // what.
    std::ofstream{"/sys/kernel/debug/failslab/cache-filter"} << "Y";
    file_ = netns::Fd{::open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC)};
  }
  bool possible() const { return bool{file_}; }
  void begin(int nth) {
    const std::string text = std::to_string(nth);
    netns::check(static_cast<int>(::pwrite(file_.get(), text.data(), text.size(), 0)), "begin");
  }
  // Whether it has come so far.
  bool end() {
    char text[16] = {};
    netns::check(static_cast<int>(::pread(file_.get(), text, sizeof text - 1, 0)), "look");
    begin(0);
    return std::atoi(text) == 0;
  }

private:
  netns::Fd file_;
};

class KmodShortage : public KernelNode {
protected:
  using Work = std::function<void()>;

  void SetUp() override {
    if (!shortage.possible()) GTEST_SKIP() << "this kernel cannot be told to refuse memory";
    KernelNode::SetUp();
    kmod.reset();
  }
  static int error_of(const Work& work) {
    try {
      work();
      return 0;
    } catch (const std::system_error& error) {
      return error.code().value();
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
  }
  // Until it wants no more memory than it gets.
  void each_allocation_fails_once(const std::string& name, const Work& before, const Work& work) {
    constexpr int most = 2000;
    int nth = 1;
    for (;; ++nth) {
      before();
      shortage.begin(nth);
      const int error = error_of(work);
      if (!shortage.end()) break;
      EXPECT_THAT(error, testing::AnyOf(0, ENOMEM, ENOBUFS)) << name << ", allocation " << nth;
      ASSERT_LT(nth, most) << name;
    }
    std::printf("@@ tried without memory: %s, %d times\n", name.c_str(), nth - 1);
    EXPECT_GT(nth, 1) << name;
    before();
    EXPECT_EQ(error_of(work), 0) << name;
  }
  std::vector<std::byte> tables() const {
    std::vector<std::byte> octets;
    for (const Op& op : node.snapshot()) {
      std::array<std::byte, longest_op> room;
      Writer out{room};
      write(out, op);
      octets.insert(octets.end(), out.written().begin(), out.written().end());
    }
    return octets;
  }

  Shortage shortage;
};

TEST_F(KmodShortage, L04_is_survived_at_every_allocation_of_every_command) {
  const Frame frame = from_vm1(vm2_ip);
  const std::vector<std::byte> ops = tables();
  {
    Genetlink socket{TFLAB_FAMILY};
    const auto nothing = [] {};
    const auto command = [&](const Command& one) { return [&] { socket.call(one); }; };
    // A dump that broke off is still under way.
    const auto hear_all = [&] {
      while (error_of([&] {
               while (socket.receive([](const auto&) {}))
                 ;
             }) != 0) {
      }
    };
    const auto dump = [&](std::uint8_t number) {
      return [&, number] { socket.dump(Command{number}, [](const auto&) {}); };
    };
    const Command open{TFLAB_OPEN}, close{TFLAB_CLOSE}, listen{TFLAB_LISTEN};
    each_allocation_fails_once(
        "open", [&] { error_of(command(close)); }, command(open));
    each_allocation_fails_once("listen", nothing, command(listen));
    const auto apply = Command{TFLAB_APPLY}.octets(TFLAB_OPS, ops);
    each_allocation_fails_once("apply", nothing, command(apply));
    for (const VifId vif : {vm1, vm2}) {
      const auto attach = Command{TFLAB_ATTACH}
                              .u16(TFLAB_VIF, vif.raw())
                              .text(TFLAB_DEVICE, wires.at(vif)->vrouter_end());
      each_allocation_fails_once("attach", nothing, command(attach));
    }
    const auto inject =
        Command{TFLAB_INJECT}.u16(TFLAB_VIF, vm2.raw()).octets(TFLAB_FRAME, frame.octets);
    each_allocation_fails_once("inject", nothing, command(inject));
    const auto receive =
        Command{TFLAB_RECEIVE}.u16(TFLAB_VIF, vm1.raw()).octets(TFLAB_FRAME, frame.octets);
    each_allocation_fails_once("receive", nothing, command(receive));
    each_allocation_fails_once("dump", hear_all, dump(TFLAB_DUMP));
    each_allocation_fails_once("sweep", hear_all, dump(TFLAB_SWEEP));
    hear_all();
    const Command detach = Command{TFLAB_DETACH}.u16(TFLAB_VIF, vm1.raw());
    each_allocation_fails_once("detach", nothing, command(detach));
    EXPECT_EQ(error_of(command(close)), 0);
  }
  program();
  look();
  both_receive(vm1, frame);
  EXPECT_EQ(sent.size(), 1u);
}

}  // namespace
}  // namespace tflab::kmod_test
