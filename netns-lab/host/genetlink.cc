#include "netns-lab/host/genetlink.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace tflab::netns {
namespace {

constexpr std::size_t longest_message = 128 * 1024;  // more than an attribute can be

void append(std::vector<std::byte>& to, Bytes octets) {
  to.insert(to.end(), octets.begin(), octets.end());
  to.resize((to.size() + 3) / 4 * 4);
}
template <class Value>
Bytes bytes_of(const Value& value) {
  return std::as_bytes(std::span{&value, 1});
}
template <class Value>
Value value_at(Bytes octets) {
  Value value{};
  std::memcpy(&value, octets.data(), std::min(sizeof value, octets.size()));
  return value;
}
std::size_t aligned(std::size_t n) {
  return (n + 3) / 4 * 4;
}
Bytes behind(Bytes octets, std::size_t n) {
  return octets.subspan(std::min(n, octets.size()));
}

void each_attribute(Bytes octets, std::uint8_t command, const Genetlink::Take& take) {
  while (octets.size() >= sizeof(nlattr)) {
    const auto head = value_at<nlattr>(octets);
    if (head.nla_len < sizeof(nlattr) || head.nla_len > octets.size()) return;
    const auto type = static_cast<std::uint16_t>(head.nla_type & NLA_TYPE_MASK);
    take({command, type, octets.first(head.nla_len).subspan(sizeof(nlattr))});
    octets = behind(octets, aligned(head.nla_len));
  }
}

// Calls visit(header, payload) for each message, until it returns false.
template <class Visit>
void each_message(Bytes octets, Visit visit) {
  while (octets.size() >= sizeof(nlmsghdr)) {
    const auto head = value_at<nlmsghdr>(octets);
    if (head.nlmsg_len < sizeof(nlmsghdr) || head.nlmsg_len > octets.size()) return;
    if (!visit(head, octets.first(head.nlmsg_len).subspan(sizeof(nlmsghdr)))) return;
    octets = behind(octets, aligned(head.nlmsg_len));
  }
}

void take_message(Bytes payload, const Genetlink::Take& take) {
  if (!take || payload.size() < sizeof(genlmsghdr)) return;
  const auto head = value_at<genlmsghdr>(payload);
  each_attribute(payload.subspan(sizeof(genlmsghdr)), head.cmd, take);
}

// The kernel's own sentence stands behind the error number.
[[noreturn]] void refuse(const std::string& family, const nlmsghdr& head, Bytes payload,
                         int error) {
  std::string why;
  if ((head.nlmsg_flags & NLM_F_ACK_TLVS) != 0)
    each_attribute(behind(payload, sizeof(nlmsgerr)), 0, [&](const Genetlink::Attribute& one) {
      if (one.type == NLMSGERR_ATTR_MSG)
        why = std::string{reinterpret_cast<const char*>(one.value.data()), one.value.size()};
    });
  why = why.c_str();  // without the zero
  throw std::system_error{error, std::generic_category(), family + (why.empty() ? "" : ": " + why)};
}

}  // namespace

Genetlink::Command& Genetlink::Command::octets(std::uint16_t type, Bytes value) {
  const nlattr head{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type};
  append(attributes_, bytes_of(head));
  append(attributes_, value);
  return *this;
}
Genetlink::Command& Genetlink::Command::text(std::uint16_t type, std::string_view value) {
  const std::string whole{value};
  return octets(type, std::as_bytes(std::span{whole.c_str(), whole.size() + 1}));
}
Genetlink::Command& Genetlink::Command::u16(std::uint16_t type, std::uint16_t value) {
  return octets(type, bytes_of(value));
}
Genetlink::Command& Genetlink::Command::s64(std::uint16_t type, std::int64_t value) {
  return octets(type, bytes_of(value));
}

Genetlink::Genetlink(const std::string& family)
    : name_{family},
      socket_{check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC),
                    "open a netlink socket")},
      buffer_(longest_message) {
  const int yes = 1;
  ::setsockopt(fd(), SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
  ::setsockopt(fd(), SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  check(::bind(fd(), reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind a netlink socket");
  request(GENL_ID_CTRL, NLM_F_ACK, Command{CTRL_CMD_GETFAMILY}.text(CTRL_ATTR_FAMILY_NAME, family),
          [this](const Attribute& one) {
            if (one.type == CTRL_ATTR_FAMILY_ID) family_ = value_at<std::uint16_t>(one.value);
          });
}

void Genetlink::call(const Command& command, const Take& take) {
  request(family_, NLM_F_ACK, command, take);
}
void Genetlink::dump(const Command& command, const Take& take) {
  request(family_, NLM_F_DUMP, command, take);
}

void Genetlink::request(std::uint16_t family, std::uint16_t flags, const Command& command,
                        const Take& take) {
  send(family, flags, command);
  for (bool ended = false; !ended;) {
    each_message(read(0), [&](const nlmsghdr& head, Bytes payload) {
      if (head.nlmsg_seq != sequence_) return true;
      if (head.nlmsg_type == NLMSG_ERROR || head.nlmsg_type == NLMSG_DONE) {
        ended = true;
        if (const int error = -value_at<int>(payload)) refuse(name_, head, payload, error);
      } else {
        take_message(payload, take);
      }
      return !ended;
    });
  }
}

void Genetlink::send(std::uint16_t family, std::uint16_t flags, const Command& command) {
  nlmsghdr head{.nlmsg_len = 0,
                .nlmsg_type = family,
                .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
                .nlmsg_seq = ++sequence_,
                .nlmsg_pid = 0};
  const genlmsghdr what{.cmd = command.number_, .version = 1, .reserved = 0};
  head.nlmsg_len =
      static_cast<std::uint32_t>(sizeof head + sizeof what + command.attributes_.size());
  std::vector<std::byte> message;
  message.reserve(head.nlmsg_len);
  append(message, bytes_of(head));
  append(message, bytes_of(what));
  append(message, command.attributes_);
  check(static_cast<int>(::send(fd(), message.data(), message.size(), 0)), "ask " + name_);
}

Bytes Genetlink::read(int flags) {
  for (;;) {
    const ssize_t size = ::recv(fd(), buffer_.data(), buffer_.size(), flags);
    if (size >= 0) return Bytes{buffer_}.first(static_cast<std::size_t>(size));
    if (errno == EAGAIN) return {};
    // Messages were lost on the way to us. Of those that come unasked the next one is whole; an
    // answer would be waited for in vain.
    const bool unasked = (flags & MSG_DONTWAIT) != 0;
    if (errno != EINTR && (errno != ENOBUFS || !unasked)) fail("hear from " + name_);
  }
}

bool Genetlink::receive(const Take& take) {
  const Bytes octets = read(MSG_DONTWAIT);
  each_message(octets, [&](const nlmsghdr&, Bytes payload) {
    take_message(payload, take);
    return true;
  });
  return !octets.empty();
}

}  // namespace tflab::netns
