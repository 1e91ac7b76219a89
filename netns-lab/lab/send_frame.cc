#include "netns-lab/lab/send_frame.h"

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include "netns-lab/lab/space.h"

namespace tflab::netns {

void send_frame(const std::string& space, const std::string& device, Bytes frame) {
  in_space(space, [&] {
    const Fd socket{check(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "open a socket")};
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
    const auto* address = reinterpret_cast<const sockaddr*>(&to);
    const auto sent = ::sendto(socket.get(), frame.data(), frame.size(), 0, address, sizeof to);
    return check(static_cast<int>(sent), "send a frame");
  });
}

}  // namespace tflab::netns
