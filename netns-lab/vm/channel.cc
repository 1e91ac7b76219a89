#include "netns-lab/vm/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "netns-lab/host/fd.h"

namespace tflab::netns {
namespace {

using std::chrono::steady_clock;

constexpr std::uint32_t most = 256 * 1024 * 1024;

// Outside it is a socket, and who is gone must not raise SIGPIPE; inside it is a character device.
ssize_t put(int fd, const std::uint8_t* from, std::size_t size) {
  const ssize_t n = ::send(fd, from, size, MSG_NOSIGNAL);
  return n < 0 && errno == ENOTSOCK ? ::write(fd, from, size) : n;
}

void write_all(int fd, const std::vector<std::uint8_t>& octets) {
  for (std::size_t done = 0; done < octets.size();) {
    const ssize_t n = put(fd, octets.data() + done, octets.size() - done);
    if (n < 0 && errno != EINTR) fail("write to the other end of the VM's line");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

bool readable(int fd, steady_clock::time_point until) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd wanted{fd, POLLIN, 0};
    const int ready =
        ::poll(&wanted, 1, static_cast<int>(std::min(left, milliseconds{60'000}).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) fail("wait for the other end of the VM's line");
  }
}

bool read_all(int fd, std::uint8_t* to, std::size_t size, steady_clock::time_point until) {
  while (size > 0) {
    if (!readable(fd, until)) return false;
    const ssize_t n = ::read(fd, to, size);
    if (n == 0 || (n < 0 && errno != EINTR)) return false;
    if (n < 0) continue;
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

nlohmann::json binary(Bytes octets) {
  nlohmann::json::binary_t::container_type out;
  for (const std::byte octet : octets) out.push_back(std::to_integer<std::uint8_t>(octet));
  return nlohmann::json::binary(std::move(out));
}
std::vector<std::byte> octets_from(const nlohmann::json& in) {
  std::vector<std::byte> out;
  for (const std::uint8_t octet : in.get_binary()) out.push_back(std::byte{octet});
  return out;
}

void send_message(int fd, const nlohmann::json& message) {
  const std::vector<std::uint8_t> body = nlohmann::json::to_cbor(message);
  const auto size = static_cast<std::uint32_t>(body.size());
  std::vector<std::uint8_t> octets;
  for (const int shift : {24, 16, 8, 0}) octets.push_back(static_cast<std::uint8_t>(size >> shift));
  octets.insert(octets.end(), body.begin(), body.end());
  write_all(fd, octets);
}

std::optional<nlohmann::json> receive_message(int fd, steady_clock::time_point until) {
  std::array<std::uint8_t, 4> head;
  if (!read_all(fd, head.data(), head.size(), until)) return {};
  std::uint32_t size = 0;
  for (const std::uint8_t octet : head) size = size << 8 | octet;
  if (size > most)
    throw std::runtime_error{"cannot take a message of " + std::to_string(size) +
                             " octets from a VM"};
  std::vector<std::uint8_t> body(size);
  if (!read_all(fd, body.data(), body.size(), until)) return {};
  return nlohmann::json::from_cbor(body);
}

}  // namespace tflab::netns
