#pragma once
// A running fingerprint of a simulation: FNV-1a with 64 bits over what is said of all that crossed
// the border of a node. Two runs are the same run when their digests are equal; it keeps no secret.

#include <cstdint>
#include <string>

namespace tflab::sim {

class Digest {
public:
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      step(static_cast<std::uint8_t>(number >> shift));
  }
  std::string hex() const {
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[state_ >> (60 - 4 * i) & 15];
    return text;
  }

private:
  void step(std::uint8_t octet) { state_ = (state_ ^ octet) * 0x100000001b3; }

  std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace tflab::sim
