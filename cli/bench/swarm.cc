#include "cli/bench/swarm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "cli/bench/load.h"
#include "cli/bench/wire.h"
#include "cli/signals.h"
#include "control-core/base/text.h"
#include "netns-lab/host/fd.h"

namespace tflab::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::string, std::string_view;

constexpr std::uint32_t first_port = 0x0a640000;  // 10.100.0.0
// What stands before the '=' of an item's id and of a message's sender.
constexpr string_view item_mark = "<item id", message_mark = "<message from";
constexpr std::size_t longest_mark = message_mark.size(), longest_id = 40;
constexpr string_view control = "network-control@contrailsystems.com";
constexpr std::chrono::seconds keepalive_interval{25};

struct Agent {
  netns::Fd fd;
  string out;   // not taken by the kernel yet
  string tail;  // of what was read: the beginning of an id, perhaps
  bool opened = false;
  std::vector<bool> told;
  unsigned distinct = 0;
};

double seconds_of(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

double cpu_s() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

class Swarm {
public:
  Swarm(unsigned agents, unsigned ports, string instance, double limit_s)
      : agents_(agents),
        ports_{ports},
        instance_{std::move(instance)},
        deadline_{Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>{limit_s})},
        room_(1 << 20) {
    for (Agent& agent : agents_) agent.told.resize(ports);
  }

  SwarmFigures run() {
    const double cpu_before = cpu_s();
    const auto begin = Clock::now();
    for (unsigned i = 0; i < agents_.size(); ++i) connect(i);
    const bool up = serve([this] { return opened_ == agents_.size(); });
    const auto connected = Clock::now();
    for (unsigned port = 0; up && port < ports_; ++port) publish(port);
    if (up) serve([this] { return complete_ == agents_.size(); });
    figures_.connect_s = seconds_of(connected - begin);
    figures_.converge_s = seconds_of(Clock::now() - connected);
    figures_.cpu_s = cpu_s() - cpu_before;
    figures_.missing = agents_.size() * ports_ - (figures_.delivered - figures_.twice);
    return figures_;
  }

private:
  void connect(unsigned i) {
    Agent& agent = agents_[i];
    agent.fd = netns::Fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const int one = 1;
    ::setsockopt(agent.fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const sockaddr_in from = socket_address(address_of(i), 0);
    const sockaddr_in to = socket_address(target_address, xmpp_port);
    if (::bind(agent.fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        (::connect(agent.fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
         errno != EINPROGRESS))
      throw std::runtime_error{name(i) + " cannot connect: " + std::strerror(errno)};
    agent.out = "<?xml version=\"1.0\"?><stream:stream from=\"" + name(i) + "\" to=\"" +
                string{control} +
                "\" version=\"1.0\" xml:lang=\"en\" xmlns=\"\" "
                "xmlns:stream=\"http://etherx.jabber.org/streams\" >";
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = i}};
    ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, agent.fd.get(), &event);
  }

  static string name(unsigned i) { return "agent-" + std::to_string(i); }

  static string open_iq(unsigned i, string_view id) {
    return "<iq type=\"set\" from=\"" + name(i) + "\" to=\"" + string{control} +
           "/bgp-peer\" id=\"" + string{id} +
           "\"><pubsub xmlns=\"http://jabber.org/protocol/pubsub\">";
  }

  void subscribe(unsigned i) {
    agents_[i].out +=
        open_iq(i, "subscribe1") + "<subscribe node=\"" + instance_ +
        "\"><options><instance-id>1</instance-id></options></subscribe></pubsub></iq>";
  }

  void publish(unsigned port) {
    const unsigned i = port % static_cast<unsigned>(agents_.size());
    const string prefix = to_text(Ip4{first_port + port}) + "/32";
    const string node = "1/1/" + instance_ + "/" + prefix;
    agents_[i].out +=
        open_iq(i, "pubsub" + std::to_string(port)) + "<publish node=\"" + node +
        "\"><item><entry><nlri><af>1</af><safi>1</safi><address>" + prefix +
        "</address></nlri><next-hops><next-hop><af>1</af><address>" + to_text(Ip4{address_of(i)}) +
        "</address><label>25</label><tunnel-encapsulation-list><tunnel-encapsulation>gre"
        "</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>"
        "</tunnel-encapsulation-list></next-hop></next-hops><version>1</version>"
        "<sequence-number>0</sequence-number><local-preference>200</local-preference><med>0</med>"
        "<sub-protocol>interface</sub-protocol></entry></item></publish></pubsub></iq>" +
        open_iq(i, "collection" + std::to_string(port)) + "<collection node=\"" + instance_ +
        "\"><associate node=\"" + node + "\"/></collection></pubsub></iq>";
    flush(i);
  }

  // Until it is done; false when the time is over.
  template <class Done>
  bool serve(Done done) {
    std::array<epoll_event, 512> events;
    while (!done()) {
      if (cli::stop_signal() != 0) throw Interrupted{};
      if (Clock::now() > deadline_) return false;
      keep_alive();
      const int n = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 1000);
      for (int e = 0; e < n; ++e) {
        const epoll_event& event = events[static_cast<std::size_t>(e)];
        const auto i = static_cast<unsigned>(event.data.u64);
        if (event.events & EPOLLOUT) flush(i);
        if (event.events & ~EPOLLOUT) read(i);
      }
    }
    return true;
  }

  void keep_alive() {
    if (Clock::now() < next_keepalive_) return;
    next_keepalive_ = Clock::now() + keepalive_interval;
    for (unsigned i = 0; i < agents_.size(); ++i) {
      agents_[i].out += "\xC8\x80";
      flush(i);
    }
  }

  void flush(unsigned i) {
    Agent& agent = agents_[i];
    while (!agent.out.empty()) {
      const auto n = ::send(agent.fd.get(), agent.out.data(), agent.out.size(), MSG_NOSIGNAL);
      if (n < 0) break;
      agent.out.erase(0, static_cast<std::size_t>(n));
    }
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (!agent.out.empty()) event.events |= EPOLLOUT;
    ::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, agent.fd.get(), &event);
  }

  // The end of the last read is looked at once more: an id may have been cut.
  void read(unsigned i) {
    Agent& agent = agents_[i];
    std::memcpy(room_.data(), agent.tail.data(), agent.tail.size());
    const auto n = ::recv(agent.fd.get(), room_.data() + agent.tail.size(),
                          room_.size() - agent.tail.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) throw std::runtime_error{name(i) + " lost its channel"};
    const string_view text{room_.data(), agent.tail.size() + static_cast<std::size_t>(n)};
    if (!agent.opened && text.find("<stream:stream") != text.npos) {
      agent.opened = true;
      ++opened_;
      subscribe(i);
      flush(i);
    }
    agent.tail = text.substr(count(agent, text));
  }

  // How far the text has been understood. What is counted has an attribute, and hardly anything
  // else has one: the next '=' is looked for, which is done many octets at a time.
  std::size_t count(Agent& agent, string_view text) {
    for (std::size_t at = 0;;) {
      const void* next = std::memchr(text.data() + at, '=', text.size() - at);
      if (next == nullptr) return std::max(at, text.size() - std::min(text.size(), longest_mark));
      const auto sign = static_cast<std::size_t>(static_cast<const char*>(next) - text.data());
      const string_view before = text.substr(at, sign - at), value = text.substr(sign + 1);
      if (value.size() < longest_id) return sign - std::min(before.size(), longest_mark);
      if (before.ends_with(item_mark))
        count_item(agent, string{value.substr(1, value.find('/') - 1)});
      if (before.ends_with(message_mark)) ++figures_.messages;
      at = sign + 1;
    }
  }

  void count_item(Agent& agent, const string& id) {
    in_addr address{};
    if (::inet_pton(AF_INET, id.c_str(), &address) != 1) return;
    const std::uint32_t port = ntohl(address.s_addr) - first_port;
    if (port >= ports_) return;
    ++figures_.delivered;
    if (agent.told[port]) {
      ++figures_.twice;
      return;
    }
    agent.told[port] = true;
    if (++agent.distinct == ports_) ++complete_;
  }

  std::vector<Agent> agents_;
  unsigned ports_;
  string instance_;
  Clock::time_point deadline_;
  std::vector<char> room_;
  netns::Fd poll_{::epoll_create1(EPOLL_CLOEXEC)};
  Clock::time_point next_keepalive_ = Clock::now() + keepalive_interval;
  std::size_t opened_ = 0, complete_ = 0;
  SwarmFigures figures_;
};

}  // namespace

SwarmFigures run_swarm(unsigned agents, unsigned ports, const string& instance, double limit_s) {
  return Swarm{agents, ports, instance, limit_s}.run();
}

}  // namespace tflab::bench
