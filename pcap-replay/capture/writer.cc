#include "pcap-replay/capture/writer.h"

namespace tflab::capture {
namespace {

using File = std::vector<std::byte>;

void put(File& file, std::uint64_t value, int octets) {
  for (int i = 0; i < octets; ++i) file.push_back(static_cast<std::byte>(value >> (8 * i)));
}
void put(File& file, Bytes octets) {
  file.insert(file.end(), octets.begin(), octets.end());
  while (file.size() % 4 != 0) file.push_back(std::byte{0});
}

// A block's length stands before and after its body.
template <class Body>
void block(File& file, std::uint32_t type, Body body) {
  const std::size_t start = file.size();
  put(file, type, 4);
  put(file, 0, 4);
  body();
  const auto length = static_cast<std::uint32_t>(file.size() - start + 4);
  put(file, length, 4);
  for (std::size_t i = 0; i < 4; ++i)
    file[start + 4 + i] = static_cast<std::byte>(length >> (8 * i));
}

}  // namespace

Writer::Writer() {
  block(file_, 0x0a0d0d0a, [this] {
    put(file_, 0x1a2b3c4d, 4);
    put(file_, 1, 2);
    put(file_, 0, 2);
    put(file_, ~std::uint64_t{0}, 8);  // section length: not told
  });
}

std::uint32_t Writer::interface(const std::string& name) {
  const auto [known, fresh] =
      interfaces_.try_emplace(name, static_cast<std::uint32_t>(interfaces_.size()));
  if (!fresh) return known->second;
  block(file_, 1, [&] {
    put(file_, 1, 2);  // Ethernet
    put(file_, 0, 2);
    put(file_, 0, 4);  // no snap length
    put(file_, 2, 2);  // if_name
    put(file_, name.size(), 2);
    put(file_, std::as_bytes(std::span{name}));
    put(file_, 9, 2);  // if_tsresol: nanoseconds
    put(file_, 1, 2);
    put(file_, 9, 4);
    put(file_, 0, 4);  // end of options
  });
  return known->second;
}

void Writer::packet(const std::string& name, std::int64_t time_ns, Bytes bytes) {
  const std::uint32_t on = interface(name);
  block(file_, 6, [&] {
    const auto time = static_cast<std::uint64_t>(time_ns);
    put(file_, on, 4);
    put(file_, time >> 32, 4);
    put(file_, time & 0xffffffff, 4);
    put(file_, bytes.size(), 4);
    put(file_, bytes.size(), 4);
    put(file_, bytes);
  });
}

}  // namespace tflab::capture
