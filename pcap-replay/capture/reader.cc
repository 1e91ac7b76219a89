#include "pcap-replay/capture/reader.h"

#include <algorithm>
#include <utility>

namespace tflab::capture {
namespace {

constexpr std::size_t file_header = 24, record_header = 16, smallest_block = 12;
constexpr std::uint32_t section_block = 0x0a0d0d0a, byte_order = 0x1a2b3c4d;
constexpr std::uint32_t interface_block = 1, obsolete_block = 2, simple_block = 3,
                        enhanced_block = 6;
// What libpcap takes for the longest packet there can be (MAXIMUM_SNAPLEN).
constexpr std::uint32_t longest_packet = 262144;
constexpr std::int64_t second = 1'000'000'000;

struct Magic {
  std::uint32_t value;  // read as little endian
  bool little;
  std::uint64_t ticks;
};
constexpr Magic magics[] = {{0xa1b2c3d4, true, 1'000'000},
                            {0xd4c3b2a1, false, 1'000'000},
                            {0xa1b23c4d, true, 1'000'000'000},
                            {0x4d3cb2a1, false, 1'000'000'000}};

std::int64_t nanoseconds(std::uint64_t ticks, std::uint64_t a_second) {
  const std::uint64_t whole = ticks / a_second, rest = ticks % a_second;
  // In floating point only what is finer than we can tell anyway.
  const auto fine = static_cast<std::int64_t>(
      a_second <= second ? rest * (second / a_second) + rest * (second % a_second) / a_second
                         : static_cast<std::uint64_t>(static_cast<double>(rest) * 1e9 /
                                                      static_cast<double>(a_second)));
  // A stamp beyond the year 2262 goes around; only the order of the file counts.
  return static_cast<std::int64_t>(whole * std::uint64_t{second} +
                                   static_cast<std::uint64_t>(fine));
}

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

}  // namespace

std::string to_text(const Fault& fault) {
  return "at offset " + std::to_string(fault.offset) + ": " + fault.why;
}

Reader::Reader(Bytes file) : file_{file} {
  if (file_.size() < 4) {
    stop(0, file_.empty() ? "empty file" : "too short for a capture file");
  } else if (u32(file_, 0) == section_block) {
    format_ = Format::pcapng;
  } else {
    begin_pcap();
  }
}

std::nullopt_t Reader::stop(std::uint64_t offset, std::string why) {
  if (!fault_) fault_ = Fault{offset, std::move(why)};
  at_ = file_.size();
  return std::nullopt;
}

std::uint64_t Reader::number(Bytes from, std::size_t at, std::size_t octets) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < octets; ++i)
    value =
        value << 8 | std::to_integer<std::uint64_t>(from[little_ ? at + octets - 1 - i : at + i]);
  return value;
}

std::optional<Packet> Reader::next() {
  if (fault_ || at_ >= file_.size()) return {};
  return format_ == Format::pcap ? next_of_pcap() : next_of_pcapng();
}

// ---------------------------------------------------------------------------- pcap

void Reader::begin_pcap() {
  const std::uint32_t value = u32(file_, 0);
  const auto magic =
      std::ranges::find_if(magics, [&](const Magic& known) { return known.value == value; });
  if (magic == std::end(magics)) {
    stop(0, "not a capture file: neither pcap's nor pcapng's magic number");
    return;
  }
  if (file_.size() < file_header) {
    stop(0, "file header cut off");
    return;
  }
  little_ = magic->little;
  const auto major = number(file_, 4, 2), minor = number(file_, 6, 2);
  if (major != 2) {
    stop(4, "pcap version " + std::to_string(major) + "." + std::to_string(minor) +
                " is not known (2.4 is)");
    return;
  }
  snap_ = u32(file_, 16);
  // The upper half holds flags (FCS length), in old files garbage.
  interfaces_.push_back({static_cast<LinkType>(u32(file_, 20) & 0xffff), "", magic->ticks});
  at_ = file_header;
}

std::optional<Packet> Reader::next_of_pcap() {
  const std::uint64_t start = at_;
  const Bytes rest = file_.subspan(start);
  if (rest.size() < record_header) return stop(start, "record header cut off");
  const std::uint32_t kept = u32(rest, 8);
  if (kept > longest_packet)
    return stop(start, "record claims a packet of " + std::to_string(kept) + " octets");
  if (kept > rest.size() - record_header)
    return stop(start, "record of " + std::to_string(kept) + " octets cut off after " +
                           std::to_string(rest.size() - record_header));
  at_ = start + record_header + kept;
  // Seconds are unsigned: good until 2106.
  const std::int64_t time =
      std::int64_t{u32(rest, 0)} * second + nanoseconds(u32(rest, 4), interfaces_[0].ticks);
  // A packet longer than the file says packets are: as libpcap, no more of it than that.
  const std::uint32_t shown = snap_ == 0 ? kept : std::min(kept, snap_);
  return Packet{start, time, 0, std::max(kept, u32(rest, 12)), rest.subspan(record_header, shown)};
}

// ---------------------------------------------------------------------------- pcapng

std::optional<Packet> Reader::next_of_pcapng() {
  while (at_ < file_.size()) {
    block_ = at_;
    const Bytes rest = file_.subspan(block_);
    if (rest.size() < smallest_block) return stop(block_, "block header cut off");
    const bool section = u32(rest, 0) == section_block;
    if (section) {  // its byte order is its own
      const bool before = little_;
      little_ = true;
      if (u32(rest, 8) != byte_order) little_ = false;
      if (u32(rest, 8) != byte_order) {
        little_ = before;
        return stop(block_, "section with no byte order known");
      }
    }
    const std::uint32_t type = u32(rest, 0), length = u32(rest, 4);
    if (length < smallest_block || length % 4 != 0)
      return stop(block_, "block of length " + std::to_string(length));
    if (length > rest.size())
      return stop(block_, "block of " + std::to_string(length) + " octets cut off after " +
                              std::to_string(rest.size()));
    if (u32(rest, length - 4) != length) return stop(block_, "block with two different lengths");
    at_ = block_ + length;
    const Bytes body = rest.subspan(8, length - smallest_block);
    if (!section && first_of_section_ == 0 && interfaces_.empty() && block_ == 0)
      return stop(block_, "no section begins here");
    if (section) {
      if (!begin_section(body)) return {};
    } else if (type == interface_block) {
      if (!add_interface(body)) return {};
    } else if (type == enhanced_block) {
      return enhanced(body);
    } else if (type == simple_block) {
      return simple(body);
    } else if (type == obsolete_block) {
      return obsolete(body);
    }  // statistics, names, secrets, comments of others: not ours to understand
  }
  return {};
}

bool Reader::begin_section(Bytes body) {
  if (body.size() < 16) {
    stop(block_, "section header cut off");
    return false;
  }
  const auto major = number(body, 4, 2), minor = number(body, 6, 2);
  if (major != 1 || (minor != 0 && minor != 2)) {
    stop(block_, "pcapng version " + std::to_string(major) + "." + std::to_string(minor) +
                     " is not known (1.0 is)");
    return false;
  }
  first_of_section_ = interfaces_.size();
  return true;
}

bool Reader::add_interface(Bytes body) {
  if (body.size() < 8) {
    stop(block_, "interface description cut off");
    return false;
  }
  constexpr std::uint16_t end = 0, if_name = 2, if_tsresol = 9;
  Interface made{static_cast<LinkType>(number(body, 0, 2)), ""};
  if (interfaces_.size() == first_of_section_) snap_ = u32(body, 4);
  for (Bytes options = body.subspan(8); options.size() >= 4;) {
    const auto code = number(options, 0, 2);
    const auto size = static_cast<std::size_t>(number(options, 2, 2));
    if (code == end) break;
    if (4 + size > options.size()) {
      stop(block_, "option " + std::to_string(code) + " reaches past its block");
      return false;
    }
    const Bytes value = options.subspan(4, size);
    if (code == if_name)
      made.name.assign(reinterpret_cast<const char*>(value.data()), value.size());
    if (code == if_tsresol && size == 1) {
      const auto power = std::to_integer<unsigned>(value[0] & std::byte{0x7f});
      const bool binary = (value[0] & std::byte{0x80}) != std::byte{0};
      if (power > (binary ? 63u : 19u)) {
        stop(block_, "time resolution out of range");
        return false;
      }
      made.ticks = 1;
      for (unsigned i = 0; i < power; ++i) made.ticks *= binary ? 2 : 10;
    }
    options = options.subspan(std::min(options.size(), 4 + padded(size)));
  }
  interfaces_.push_back(std::move(made));
  return true;
}

bool Reader::known_interface(std::uint32_t number) {
  if (number < interfaces_.size() - first_of_section_) return true;
  stop(block_, "packet of interface " + std::to_string(number) + ", which nobody described");
  return false;
}

std::optional<Packet> Reader::enhanced(Bytes body) {
  if (body.size() < 20) return stop(block_, "packet block cut off");
  if (!known_interface(u32(body, 0))) return {};
  const std::size_t interface = first_of_section_ + u32(body, 0);
  const std::uint32_t kept = u32(body, 12);
  if (kept > body.size() - 20)
    return stop(block_, "packet of " + std::to_string(kept) + " octets in a block of " +
                            std::to_string(body.size() - 20));
  const std::uint64_t ticks = std::uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return Packet{block_, nanoseconds(ticks, interfaces_[interface].ticks), interface,
                std::max(kept, u32(body, 16)), body.subspan(20, kept)};
}

std::optional<Packet> Reader::simple(Bytes body) {
  if (body.size() < 4) return stop(block_, "packet block cut off");
  if (!known_interface(0)) return {};
  const std::uint32_t original = u32(body, 0);
  std::size_t kept = std::min<std::size_t>(original, body.size() - 4);
  if (snap_ != 0) kept = std::min<std::size_t>(kept, snap_);
  return Packet{block_, 0, first_of_section_, original, body.subspan(4, kept)};
}

std::optional<Packet> Reader::obsolete(Bytes body) {
  if (body.size() < 20) return stop(block_, "packet block cut off");
  const auto of = static_cast<std::uint32_t>(number(body, 0, 2));
  if (!known_interface(of)) return {};
  const std::size_t interface = first_of_section_ + of;
  const std::uint32_t kept = u32(body, 12);
  if (kept > body.size() - 20) return stop(block_, "packet longer than its block");
  const std::uint64_t ticks = std::uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return Packet{block_, nanoseconds(ticks, interfaces_[interface].ticks), interface,
                std::max(kept, u32(body, 16)), body.subspan(20, kept)};
}

}  // namespace tflab::capture
