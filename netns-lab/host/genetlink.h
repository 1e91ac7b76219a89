#pragma once
// A generic netlink socket: commands with attributes, answers, and messages that come unasked.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "netns-lab/host/fd.h"
#include "vrouter-core/base/reader.h"

namespace tflab::netns {

class Genetlink {
public:
  // A command in the making.
  class Command {
  public:
    explicit Command(std::uint8_t number) : number_{number} {}
    Command& octets(std::uint16_t type, Bytes value);
    Command& text(std::uint16_t type, std::string_view value);  // with the zero behind it
    Command& u16(std::uint16_t type, std::uint16_t value);
    Command& s64(std::uint16_t type, std::int64_t value);

  private:
    friend Genetlink;
    std::uint8_t number_;
    std::vector<std::byte> attributes_;
  };

  struct Attribute {
    std::uint8_t command;
    std::uint16_t type;
    Bytes value;
  };
  using Take = std::function<void(const Attribute&)>;

  // Throws std::system_error: there is no such family (ENOENT).
  explicit Genetlink(const std::string& family);

  int fd() const { return socket_.get(); }

  // Waits for the end of the answer; throws std::system_error with what the kernel says.
  void call(const Command& command, const Take& take = {});
  void dump(const Command& command, const Take& take);

  // The next message that came unasked, attribute by attribute; false: there is none now.
  bool receive(const Take& take);

private:
  void request(std::uint16_t family, std::uint16_t flags, const Command& command, const Take& take);
  void send(std::uint16_t family, std::uint16_t flags, const Command& command);
  Bytes read(int flags);

  std::string name_;
  Fd socket_;
  std::uint16_t family_ = 0;
  std::uint32_t sequence_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace tflab::netns
