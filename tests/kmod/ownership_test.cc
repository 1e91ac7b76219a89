// Who may tell the vrouter what, and that nobody can harm it by talking nonsense.

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <random>

#include "netns-lab/kernel/protocol.h"
#include "tests/kmod/kernel_node.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;
using netns::Genetlink;
using Command = Genetlink::Command;

// The error a command is refused with; 0: it is not.
int refusal_of(Genetlink& socket, const Command& command) {
  try {
    socket.call(command);
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
}

class KmodOwnership : public KernelNode {};

TEST_F(KmodOwnership, is_the_first_ones_until_it_is_gone) {
  Genetlink other{TFLAB_FAMILY};
  EXPECT_EQ(refusal_of(other, Command{TFLAB_OPEN}), EBUSY);
  EXPECT_EQ(refusal_of(other, Command{TFLAB_CLOSE}), EPERM);
  EXPECT_EQ(refusal_of(other, Command{TFLAB_APPLY}), EPERM);
  EXPECT_EQ(refusal_of(other, Command{TFLAB_DETACH}.u16(TFLAB_VIF, 3)), EPERM);
  EXPECT_THROW(other.dump(Command{TFLAB_DUMP}, [](const auto&) {}), std::system_error);
  both_receive(vm1, from_vm1(vm2_ip));
  ASSERT_EQ(sent.size(), 1u);
  kmod.reset();
  EXPECT_EQ(refusal_of(other, Command{TFLAB_CLOSE}), ENODEV);
  EXPECT_EQ(refusal_of(other, Command{TFLAB_OPEN}), 0);
  EXPECT_EQ(refusal_of(other, Command{TFLAB_CLOSE}), 0);
}

TEST_F(KmodOwnership, L05_needs_the_right_to_administer_the_network) {
  kmod.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    const bool nobody = ::setresuid(65534, 65534, 65534) == 0;
    Genetlink socket{TFLAB_FAMILY};
    ::_exit(nobody && refusal_of(socket, Command{TFLAB_OPEN}) == EPERM ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// The agent dies without a goodbye.
class KmodHeadless : public KmodOwnership {
protected:
  void SetUp() override {
    KmodOwnership::SetUp();
    kmod.reset();
    die_after([this] { program(); });
    both_receive(vm1, from_vm1(vm2_ip));
    EXPECT_EQ(sent.size(), 1u);
  }
  template <class Work>
  static void die_after(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
      work();
      ::_exit(0);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
  }
  // Long enough for those who take over when they are complete.
  void wait() { io.run_for(std::chrono::milliseconds{1500}); }
};

TEST_F(KmodHeadless, forwards_by_what_stood_until_the_next_agent_is_complete) {
  node.must(DeleteRoute{red, dsl::prefix(vm2_ip + "/32")});
  program();
  EXPECT_EQ(kmod->datapath().tables, node.snapshot());
  EXPECT_TRUE(wires.at(vm1)->send(from_vm1(vm2_ip).octets));
  EXPECT_TRUE(within_a_second([&] {
    look();
    return sent.size() == 2;
  }));
  EXPECT_EQ(sent.back().out, vm2);
  kmod->complete();
  wait();
  EXPECT_EQ(kmod->datapath().tables, node.snapshot());
  both_receive(vm1, from_vm1(vm2_ip));
  for (const Sent& one : sent) EXPECT_NE(one.out, vm2);
}

TEST_F(KmodHeadless, no_packet_is_lost_while_the_next_one_takes_over) {
  program();
  kmod->complete();
  const Frame frame = from_vm1(vm2_ip);
  sent.clear();
  std::size_t given = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{2500};
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 8; ++i) given += wires.at(vm1)->send(frame.octets);
    look();
  }
  EXPECT_TRUE(within_a_second([&] {
    look();
    return sent.size() >= given;
  }));
  EXPECT_EQ(sent.size(), given);
  EXPECT_GT(given, 100u);
  // It has taken over: these are its counters now, of packets it has forwarded.
  const auto counted = kmod->datapath().vifs;
  EXPECT_TRUE(std::ranges::any_of(
      counted, [](const auto& row) { return row.vif == vm1 && row.counters.rx_packets > 0; }));
}

TEST_F(KmodHeadless, the_next_one_hears_traps_of_interfaces_it_knows_by_the_same_number) {
  program();
  both_receive(vm1, from_vm1(vm2_ip, 1));
  EXPECT_EQ(owner.traps.size(), 1u);
}

TEST_F(KmodHeadless, another_may_begin_when_the_next_one_dies_too) {
  die_after([this] { program(); });
  both_receive(vm1, from_vm1(vm2_ip));
  EXPECT_EQ(sent.size(), 1u);
  program();
  kmod->complete();
  wait();
  both_receive(vm1, from_vm1(vm2_ip));
  EXPECT_EQ(sent.size(), 1u);
}

TEST_F(KmodHeadless, a_goodbye_of_the_next_one_takes_both_away) {
  program();
  kmod.reset();
  Genetlink other{TFLAB_FAMILY};
  EXPECT_EQ(refusal_of(other, Command{TFLAB_CLOSE}), ENODEV);
}

TEST_F(KmodOwnership, L05_says_what_is_wrong_with_a_command) {
  kmod.reset();
  Genetlink socket{TFLAB_FAMILY};
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_APPLY}), ENODEV);
  ASSERT_EQ(refusal_of(socket, Command{TFLAB_OPEN}), 0);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_APPLY}), EINVAL);
  const auto ops = [](std::string_view hex) {
    return Command{TFLAB_APPLY}.octets(TFLAB_OPS, std::as_bytes(std::span{hex}));
  };
  EXPECT_EQ(refusal_of(socket, ops("\xff")), EINVAL);
  EXPECT_EQ(refusal_of(socket, ops(std::string(TFLAB_MOST_OPS + 1, '\0'))), ERANGE);
  const Command attach = Command{TFLAB_ATTACH}.u16(TFLAB_VIF, 3);
  EXPECT_EQ(refusal_of(socket, attach), EINVAL);
  EXPECT_EQ(refusal_of(socket, Command{attach}.text(TFLAB_DEVICE, "a-name-of-16-octs")), EINVAL);
  EXPECT_EQ(refusal_of(socket, Command{attach}.text(TFLAB_DEVICE, "lo")), 0);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_ATTACH}.u16(TFLAB_VIF, 60000).text(TFLAB_DEVICE, "x")),
            ERANGE);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_ATTACH}.u16(TFLAB_VIF, 4).text(TFLAB_DEVICE, "lo")),
            EBUSY);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_INJECT}.u16(TFLAB_VIF, 3)), EINVAL);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_TRAP}), EOPNOTSUPP);
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_CLOSE}), 0);
}

// Whole messages of chance from the owner itself: types, lengths and values.
TEST_F(KmodOwnership, L05_messages_of_chance_do_no_harm) {
  kmod.reset();
  Genetlink socket{TFLAB_FAMILY};
  ASSERT_EQ(refusal_of(socket, Command{TFLAB_OPEN}), 0);
  std::mt19937 random{11};
  for (int i = 0; i < 4000; ++i) {
    auto number = static_cast<std::uint8_t>(random() % (TFLAB_COMMANDS + 2));
    if (number == TFLAB_CLOSE) number = TFLAB_APPLY;
    Command command{number};
    for (unsigned n = random() % 4; n > 0; --n) {
      std::vector<std::byte> value(random() % 3 == 0 ? random() % 300 : random() % 9);
      for (std::byte& octet : value)
        octet = static_cast<std::byte>(random() % 3 ? random() % 22 : random());
      command.octets(static_cast<std::uint16_t>(random() % (TFLAB_ATTRIBUTES + 2)), value);
    }
    try {
      if (number == TFLAB_DUMP || number == TFLAB_SWEEP)
        socket.dump(command, [](const auto&) {});
      else
        socket.call(command);
    } catch (const std::system_error&) {
    }
  }
  EXPECT_EQ(refusal_of(socket, Command{TFLAB_CLOSE}), 0);
  program();
  both_receive(vm1, from_vm1(vm2_ip));
  EXPECT_EQ(sent.size(), 1u);
}

TEST(KmodAbsent, says_that_the_module_is_not_loaded) {
  boost::asio::io_context io;
  const netns::Clock clock;
  Owner owner;
  try {
    netns::Kmod{io, clock, owner};
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("vrouter.ko is not loaded"));
  }
}

}  // namespace
}  // namespace tflab::kmod_test
