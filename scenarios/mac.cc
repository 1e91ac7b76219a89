#include "scenarios/mac.h"

namespace tflab::scenario {

Mac derived_mac(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash ^= hash >> 40;  // fold what the five octets below leave out
  Mac mac{{0x02, 0, 0, 0, 0, 0}};
  for (unsigned i = 1; i < 6; ++i) mac.octets[i] = static_cast<std::uint8_t>(hash >> (8 * (5 - i)));
  return mac;
}

}  // namespace tflab::scenario
