#include "pcap-replay/forwarding/throughput.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/base/writer.h"
#include "vrouter-core/vrouter/vrouter.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::forwarding {
namespace {

using Octets = std::vector<std::byte>;

constexpr std::size_t buffer_size = 256 * 1024, record_header = 16, file_header = 24;
constexpr std::size_t frame_size = 60, destinations = 256;
constexpr std::size_t tunnel_overhead = 32;  // IPv4, UDP and a label
constexpr std::array<unsigned char, file_header> header = {
    0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0};
constexpr VifId uplink{0}, machine{3};
constexpr Mac ours{{0, 0, 0x5e, 0, 1, 0}}, theirs{{2, 0xaa, 0, 0, 0, 1}};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("cannot " + what + ": " + std::strerror(errno));
}

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class Descriptor {
public:
  Descriptor(const std::string& path, int flags)
      : fd_{::open(path.c_str(), flags | O_CLOEXEC, 0600)} {
    if (fd_ < 0) fail("open " + path);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

private:
  int fd_;
};

// A pcap file written through one buffer.
class Output {
public:
  explicit Output(const std::string& path) : file_{path, O_WRONLY | O_CREAT | O_TRUNC} {
    buffer_.reserve(buffer_size);
    put(std::as_bytes(std::span{header}));
  }
  void packet(std::span<const std::byte> record, std::span<const std::byte> frame) {
    if (buffer_.size() + record_header + frame.size() > buffer_size) flush();
    const std::size_t start = buffer_.size();
    put(record);
    const auto size = static_cast<std::uint32_t>(frame.size());
    std::memcpy(buffer_.data() + start + 8, &size, 4);
    std::memcpy(buffer_.data() + start + 12, &size, 4);
    put(frame);
  }
  void flush() {
    if (::write(file_.get(), buffer_.data(), buffer_.size()) !=
        static_cast<ssize_t>(buffer_.size()))
      fail("write");
    buffer_.clear();
  }

private:
  void put(std::span<const std::byte> octets) {
    buffer_.insert(buffer_.end(), octets.begin(), octets.end());
  }
  Descriptor file_;
  Octets buffer_;
};

// Calls each(record header, frame) for every packet of a pcap file, through one buffer.
template <class Each>
void each_record(const std::string& path, Each each) {
  const Descriptor file{path, O_RDONLY};
  Octets buffer(buffer_size);
  std::size_t have = 0;
  bool begun = false;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data() + have, buffer.size() - have);
    if (got < 0) fail("read " + path);
    if (got == 0) return;
    have += static_cast<std::size_t>(got);
    std::size_t at = begun ? 0 : file_header;
    begun = true;
    while (have - at >= record_header) {
      std::uint32_t size = 0;
      std::memcpy(&size, buffer.data() + at + 8, 4);
      if (have - at < record_header + size) break;
      const std::span record{buffer.data() + at, record_header};
      each(record, std::span{buffer.data() + at + record_header, size});
      at += record_header + size;
    }
    std::memmove(buffer.data(), buffer.data() + at, have - at);
    have -= at;
  }
}

Octets frame_to(std::size_t destination) {
  Octets frame(frame_size);
  Writer out{frame};
  wire::Ethernet{ours, theirs, wire::EtherType::ipv4}.write(out);
  wire::Ipv4{.total_length = frame_size - wire::Ethernet::size,
             .ttl = 64,
             .protocol = wire::Protocol::udp,
             .src = Ip4{0x0a000001},
             .dst = Ip4{0x0a010000 + static_cast<std::uint32_t>(destination)}}
      .write(out);
  return frame;
}

void make_capture(const std::string& path, std::size_t packets) {
  Output out{path};
  const Octets record(record_header);
  for (std::size_t i = 0; i < packets; ++i) out.packet(record, frame_to(i % destinations));
  out.flush();
}

// A core with one machine and a tunnel to everybody it talks to. Frames go in a batch at a time.
class Core final : vr::Host {
public:
  explicit Core(Output* out)
      : out_{out},
        memory_(vr::Vrouter::memory_needed(limits) / sizeof(Line) + 1),
        core_{std::as_writable_bytes(std::span{memory_}), limits, *this} {
    using namespace vr;
    must(SetVrf{VrfId{0}});
    must(SetVrf{VrfId{1}});
    must(SetVif{.vif = uplink, .type = VifType::physical, .mac = ours});
    must(SetVif{.vif = machine, .type = VifType::virt, .vrf = VrfId{1}, .mac = ours});
    must(SetNexthop{.nexthop = NexthopId{1},
                    .type = NexthopType::tunnel,
                    .flags = nh_valid | nh_tunnel_udp_mpls,
                    .out = uplink,
                    .dst = theirs,
                    .src = ours,
                    .sip = Ip4{1},
                    .dip = Ip4{2}});
    for (std::uint32_t i = 0; i < destinations; ++i)
      must(SetRoute{.vrf = VrfId{1},
                    .prefix = IpPrefix::host(Ip4{0x0a010000 + i}),
                    .nexthop = NexthopId{1},
                    .label = Label{16 + i},
                    .flags = route_label_valid});
  }

  void receive(std::span<const std::byte> record, std::span<const std::byte> frame) {
    Slot& slot = slots_[waiting_];
    std::memcpy(slot.record.data(), record.data(), record_header);
    std::memcpy(slot.octets.data() + vr::Vrouter::headroom, frame.data(), frame.size());
    batch_[waiting_] = {machine, {slot.octets.data(), vr::Vrouter::headroom + frame.size()}};
    if (++waiting_ == batch) flush();
  }
  void flush() {
    next_ = 0;
    core_.on_frames({}, {batch_.data(), waiting_});
    waiting_ = 0;
  }
  std::size_t sent() const { return sent_; }
  static std::size_t octets() { return vr::Vrouter::memory_needed(limits); }

private:
  static constexpr std::size_t batch = 32;
  struct alignas(64) Line {
    std::byte octets[64];
  };
  struct Slot {
    std::array<std::byte, record_header> record{};
    std::array<std::byte, 256> octets{};
  };
  static constexpr vr::Limits limits{.vifs = 8, .vrfs = 4, .nexthops = 16, .labels = 16};

  void must(const vr::Op& op) {
    if (core_.apply(op) != vr::Result::done)
      throw std::logic_error("a table of the bench is refused");
  }
  void transmit(VifId, std::span<const std::byte> frame) override {
    ++sent_;
    if (out_ != nullptr) write(frame);
  }
  // Apart, so that frames to nowhere are only counted.
  [[gnu::noinline]] void write(std::span<const std::byte> frame) {
    out_->packet(slots_[next_++].record, frame);
  }
  void punt(vr::Trap, VifId, VrfId, std::span<const std::byte>) override {}

  Output* out_;
  std::vector<Line> memory_;
  vr::Vrouter core_;
  std::array<Slot, batch> slots_;
  std::array<vr::Vrouter::Arrival, batch> batch_{};
  std::size_t waiting_ = 0, next_ = 0, sent_ = 0;
};

}  // namespace

Throughput::Throughput(const std::string& folder, std::size_t packets)
    : in_{folder + "/tflab-bench-in.pcap"},
      out_{folder + "/tflab-bench-out.pcap"},
      packets_{packets} {
  make_capture(in_, packets_);
}

Throughput::~Throughput() {
  std::error_code ignored;
  std::filesystem::remove(in_, ignored);
  std::filesystem::remove(out_, ignored);
}

double Throughput::through_core(bool written) const {
  std::optional<Output> out;
  if (written) out.emplace(out_);
  Core core{written ? &*out : nullptr};
  const double start = cpu_ns();
  each_record(in_, [&](auto record, auto frame) { core.receive(record, frame); });
  core.flush();
  if (written) out->flush();
  const double spent = cpu_ns() - start;
  if (core.sent() != packets_) throw std::logic_error("the bench lost packets");
  return spent / static_cast<double>(packets_);
}

std::size_t Throughput::table_octets() {
  return Core::octets();
}

// Written out as long as the core makes them.
double Throughput::floor(bool written) const {
  std::optional<Output> out;
  if (written) out.emplace(out_);
  Octets longer(frame_size + tunnel_overhead);
  const double start = cpu_ns();
  each_record(in_, [&](auto record, auto frame) {
    std::memcpy(longer.data() + tunnel_overhead, frame.data(), frame.size());
    if (written) out->packet(record, longer);
  });
  if (written) out->flush();
  return (cpu_ns() - start) / static_cast<double>(packets_);
}

}  // namespace tflab::forwarding
