#include "netns-lab/host/names.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tflab::netns {
namespace {

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::string hex(std::uint64_t value) {
  std::array<char, 17> room{};
  std::snprintf(room.data(), room.size(), "%016llx", static_cast<unsigned long long>(value));
  return room.data();
}

std::string link_name(std::string_view prefix, std::string_view key) {
  const std::uint64_t hash = fingerprint(key);
  return std::string{prefix} + hex(hash ^ hash >> 32).substr(8);
}

std::string tap_name(std::string_view port) {
  return link_name("tap-", port);
}

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && alphanumeric(name.front()) &&
         std::ranges::all_of(
             name, [](char c) { return alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool device_name(std::string_view name) {
  return plain_name(name) && name.size() <= 15;
}

std::string short_name(std::string_view name) {
  return std::string{name.substr(0, name.find('.'))};
}

}  // namespace tflab::netns
