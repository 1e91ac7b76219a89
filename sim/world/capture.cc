#include "sim/world/capture.h"

#include <pcap/pcap.h>

#include <stdexcept>

namespace tflab::sim {
namespace {

constexpr int snapshot = 262144;

struct CloseHandle {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
struct CloseFile {
  void operator()(pcap_dumper_t* file) const { pcap_dump_close(file); }
};

}  // namespace

struct CaptureFile::Impl {
  std::unique_ptr<pcap_t, CloseHandle> handle;
  std::unique_ptr<pcap_dumper_t, CloseFile> file;
  bpf_program filter{};
  bool filtered = false;
  std::int64_t utc_ns_at_zero = 0;

  ~Impl() {
    if (filtered) pcap_freecode(&filter);
  }
};

CaptureFile::CaptureFile(const std::string& path, const std::string& filter,
                         std::int64_t utc_ns_at_zero)
    : impl_{std::make_unique<Impl>()} {
  impl_->utc_ns_at_zero = utc_ns_at_zero;
  impl_->handle.reset(
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, snapshot, PCAP_TSTAMP_PRECISION_NANO));
  if (!filter.empty()) {
    if (pcap_compile(impl_->handle.get(), &impl_->filter, filter.c_str(), 1,
                     PCAP_NETMASK_UNKNOWN) != 0)
      throw std::runtime_error("capture filter \"" + filter +
                               "\" is not understood: " + pcap_geterr(impl_->handle.get()));
    impl_->filtered = true;
  }
  impl_->file.reset(pcap_dump_open(impl_->handle.get(), path.c_str()));
  if (!impl_->file)
    throw std::runtime_error("cannot write capture " + path + ": " +
                             pcap_geterr(impl_->handle.get()));
}

CaptureFile::~CaptureFile() = default;
CaptureFile::CaptureFile(CaptureFile&&) noexcept = default;

void CaptureFile::write(Instant when, Bytes frame) {
  const std::int64_t utc = impl_->utc_ns_at_zero + when.ns;
  pcap_pkthdr header{};
  header.ts.tv_sec = utc / 1'000'000'000;
  header.ts.tv_usec = utc % 1'000'000'000;  // nanoseconds: the handle was opened so
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  const auto* octets = reinterpret_cast<const u_char*>(frame.data());
  if (impl_->filtered && pcap_offline_filter(&impl_->filter, &header, octets) == 0) return;
  pcap_dump(reinterpret_cast<u_char*>(impl_->file.get()), &header, octets);
}

void CaptureFile::flush() {
  pcap_dump_flush(impl_->file.get());
}

}  // namespace tflab::sim
