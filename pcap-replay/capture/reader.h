#pragma once
// Capture files read packet by packet from memory: pcap in both byte orders, with micro- and
// nanoseconds, and pcapng with its interfaces' names. What cannot be read ends the file with the
// offset and the reason; the packets before it stand. Nothing is allocated for what a file claims.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::capture {

// https://www.tcpdump.org/linktypes.html
enum class LinkType : std::uint16_t {
  null = 0,
  ethernet = 1,
  raw_ip_bsd = 12,
  raw_ip = 101,
  loop = 108,
  linux_cooked = 113,
  ipv4 = 228,
  ipv6 = 229,
  linux_cooked_2 = 276
};

struct Interface {
  LinkType link{};
  std::string name;                 // pcapng's if_name; empty when the file has none
  std::uint64_t ticks = 1'000'000;  // a second
};

struct Packet {
  std::uint64_t offset = 0;  // of its record in the file
  std::int64_t time_ns = 0;  // since 1970; files may go back in time, their order is what counts
  std::size_t interface = 0;
  std::uint32_t original_size = 0;
  Bytes bytes;  // what was kept of it: fewer than original_size when snapped

  bool snapped() const { return bytes.size() < original_size; }
};

struct Fault {
  std::uint64_t offset = 0;
  std::string why;
};
std::string to_text(const Fault& fault);  // at offset 24: ...

class Reader {
public:
  // `file` outlives this and its packets. A file that is no capture has a fault at once.
  explicit Reader(Bytes file);

  std::optional<Packet> next();
  const std::vector<Interface>& interfaces() const { return interfaces_; }
  const std::optional<Fault>& fault() const { return fault_; }

private:
  enum class Format : std::uint8_t { pcap, pcapng };

  std::nullopt_t stop(std::uint64_t offset, std::string why);
  void begin_pcap();
  std::optional<Packet> next_of_pcap();
  std::optional<Packet> next_of_pcapng();
  bool begin_section(Bytes body);
  bool add_interface(Bytes body);
  std::optional<Packet> enhanced(Bytes body);
  std::optional<Packet> simple(Bytes body);
  std::optional<Packet> obsolete(Bytes body);
  bool known_interface(std::uint32_t number);

  std::uint64_t number(Bytes from, std::size_t at, std::size_t octets) const;
  std::uint32_t u32(Bytes from, std::size_t at) const {
    return static_cast<std::uint32_t>(number(from, at, 4));
  }

  Bytes file_;
  std::uint64_t at_ = 0;     // where the next record or block begins
  std::uint64_t block_ = 0;  // where the current one began
  Format format_{};
  bool little_ = true;
  std::size_t first_of_section_ = 0;  // index of the section's interface 0
  std::uint32_t snap_ = 0;            // of the file, or of the section's first interface; 0: any
  std::vector<Interface> interfaces_;
  std::optional<Fault> fault_;
};

}  // namespace tflab::capture
