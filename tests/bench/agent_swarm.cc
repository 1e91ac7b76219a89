// Many agents in one process, as far as a control node can tell: each opens a channel, subscribes
// to one network, publishes its share of the ports, and counts the ports it is told. Everything
// sent is a template with numbers in it, and nothing received is parsed but the ids of items, so
// that the swarm is not what is measured.
//
//   agent-swarm CONTROL-ADDRESS FIRST-AGENT-ADDRESS AGENTS PORTS INSTANCE TIMEOUT-SECONDS
//
// Prints one line of JSON. Exit code 0: every agent was told every port.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t first_port = 0x0a640000;  // 10.100.0.0
constexpr std::string_view item_mark = "<item id=\"";
constexpr std::size_t longest_id = 40;
constexpr std::string_view control = "network-control@contrailsystems.com";

[[noreturn]] void give_up(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

std::string dotted(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &raw, text, sizeof text);
}

struct Agent {
  int fd = -1;
  std::uint32_t address = 0;
  std::string out;   // not taken by the kernel yet
  std::string tail;  // of what was read: the beginning of an id, perhaps
  bool opened = false;
  std::vector<bool> told;
  std::size_t distinct = 0;
};

class Swarm {
public:
  Swarm(const char* node, const char* first, std::size_t agents, std::size_t ports,
        std::string instance)
      : agents_(agents), ports_{ports}, instance_{std::move(instance)}, room_(1 << 20) {
    in_addr from{};
    if (inet_pton(AF_INET, node, &node_.sin_addr) != 1 || inet_pton(AF_INET, first, &from) != 1)
      give_up("address");
    node_.sin_family = AF_INET;
    node_.sin_port = htons(5269);
    for (std::size_t i = 0; i < agents; ++i) {
      agents_[i].address = ntohl(from.s_addr) + static_cast<std::uint32_t>(i);
      agents_[i].told.resize(ports);
    }
  }

  bool run(double timeout) {
    const auto begin = Clock::now();
    deadline_ =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout));
    for (std::size_t i = 0; i < agents_.size(); ++i) connect(i);
    const bool up = serve([this] { return opened_ == agents_.size(); });
    const auto connected = Clock::now();
    for (std::size_t port = 0; up && port < ports_; ++port) publish(port);
    const bool all = up && serve([this] { return complete_ == agents_.size(); });
    report(begin, connected, Clock::now());
    return all;
  }

private:
  void connect(std::size_t i) {
    Agent& agent = agents_[i];
    agent.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (agent.fd < 0) give_up("socket");
    const int one = 1;
    ::setsockopt(agent.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(agent.address);
    if (::bind(agent.fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) give_up("bind");
    if (::connect(agent.fd, reinterpret_cast<sockaddr*>(&node_), sizeof node_) != 0 &&
        errno != EINPROGRESS)
      give_up("connect");
    agent.out = "<?xml version=\"1.0\"?><stream:stream from=\"agent-" + std::to_string(i) +
                "\" to=\"" + std::string{control} +
                "\" version=\"1.0\" xml:lang=\"en\" xmlns=\"\" "
                "xmlns:stream=\"http://etherx.jabber.org/streams\" >";
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = i}};
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, agent.fd, &event) != 0) give_up("epoll_ctl");
  }

  std::string open_iq(std::size_t i, std::string_view id) const {
    return "<iq type=\"set\" from=\"agent-" + std::to_string(i) + "\" to=\"" +
           std::string{control} + "/bgp-peer\" id=\"" + std::string{id} +
           "\"><pubsub xmlns=\"http://jabber.org/protocol/pubsub\">";
  }

  void subscribe(std::size_t i) {
    agents_[i].out +=
        open_iq(i, "subscribe1") + "<subscribe node=\"" + instance_ +
        "\"><options><instance-id>1</instance-id></options></subscribe></pubsub></iq>";
  }

  void publish(std::size_t port) {
    const std::size_t i = port % agents_.size();
    const std::string prefix = dotted(first_port + static_cast<std::uint32_t>(port)) + "/32";
    const std::string node = "1/1/" + instance_ + "/" + prefix;
    agents_[i].out +=
        open_iq(i, "pubsub" + std::to_string(port)) + "<publish node=\"" + node +
        "\"><item><entry><nlri><af>1</af><safi>1</safi><address>" + prefix +
        "</address></nlri><next-hops><next-hop><af>1</af><address>" + dotted(agents_[i].address) +
        "</address><label>25</label><tunnel-encapsulation-list><tunnel-encapsulation>gre"
        "</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>"
        "</tunnel-encapsulation-list></next-hop></next-hops><version>1</version>"
        "<sequence-number>0</sequence-number><local-preference>200</local-preference><med>0</med>"
        "<sub-protocol>interface</sub-protocol></entry></item></publish></pubsub></iq>" +
        open_iq(i, "collection" + std::to_string(port)) + "<collection node=\"" + instance_ +
        "\"><associate node=\"" + node + "\"/></collection></pubsub></iq>";
    flush(i);
  }

  template <class Done>
  bool serve(Done done) {
    std::vector<epoll_event> events(512);
    auto keepalive = Clock::now() + std::chrono::seconds{25};
    while (!done()) {
      const auto now = Clock::now();
      if (now > deadline_) return false;
      if (now > keepalive) {
        for (std::size_t i = 0; i < agents_.size(); ++i) say(i, "\xC8\x80");
        keepalive = now + std::chrono::seconds{25};
      }
      const int n = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 1000);
      for (int e = 0; e < n; ++e) {
        const std::size_t i = events[static_cast<std::size_t>(e)].data.u64;
        if (events[static_cast<std::size_t>(e)].events & EPOLLOUT) flush(i);
        if (events[static_cast<std::size_t>(e)].events & ~EPOLLOUT) read(i);
      }
    }
    return true;
  }

  void say(std::size_t i, std::string_view what) {
    agents_[i].out += what;
    flush(i);
  }

  void flush(std::size_t i) {
    Agent& agent = agents_[i];
    while (!agent.out.empty()) {
      const auto n = ::send(agent.fd, agent.out.data(), agent.out.size(), MSG_NOSIGNAL);
      if (n < 0) break;
      agent.out.erase(0, static_cast<std::size_t>(n));
    }
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (!agent.out.empty()) event.events |= EPOLLOUT;
    ::epoll_ctl(poll_, EPOLL_CTL_MOD, agent.fd, &event);
  }

  // The end of the last read is looked at once more: an id may have been cut.
  void read(std::size_t i) {
    Agent& agent = agents_[i];
    std::memcpy(room_.data(), agent.tail.data(), agent.tail.size());
    const auto n =
        ::recv(agent.fd, room_.data() + agent.tail.size(), room_.size() - agent.tail.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) give_up("agent-" + std::to_string(i) + " lost its channel");
    bytes_ += static_cast<std::uint64_t>(n);
    const std::string_view text{room_.data(), agent.tail.size() + static_cast<std::size_t>(n)};
    if (!agent.opened && text.find("<stream:stream") != text.npos) {
      agent.opened = true;
      ++opened_;
      subscribe(i);
      flush(i);
    }
    const std::size_t rest = count_items(agent, text);
    agent.tail = text.substr(rest);
  }

  // How far the text has been understood.
  std::size_t count_items(Agent& agent, std::string_view text) {
    std::size_t at = 0;
    for (;;) {
      const void* found =
          ::memmem(text.data() + at, text.size() - at, item_mark.data(), item_mark.size());
      if (!found) return std::max(at, text.size() - std::min(text.size(), item_mark.size()));
      const auto begin = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
      if (begin + item_mark.size() + longest_id > text.size()) return begin;
      const std::string_view id = text.substr(begin + item_mark.size(), longest_id);
      count_item(agent, std::string{id.substr(0, id.find('/'))});
      at = begin + item_mark.size();
    }
  }

  void count_item(Agent& agent, const std::string& id) {
    ++items_;
    in_addr address{};
    if (inet_pton(AF_INET, id.c_str(), &address) != 1) return;
    const std::size_t port = ntohl(address.s_addr) - first_port;
    if (port >= ports_ || agent.told[port]) return;
    agent.told[port] = true;
    ++distinct_;
    if (++agent.distinct == ports_) ++complete_;
  }

  void report(Clock::time_point begin, Clock::time_point connected, Clock::time_point end) const {
    const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto cpu = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    std::printf(
        "{\"agents\": %zu, \"ports\": %zu, \"deliveries\": %llu, \"told_twice\": %llu, "
        "\"bytes\": %llu, \"connect_s\": %.3f, \"converge_s\": %.3f, \"total_s\": %.3f, "
        "\"swarm_cpu_s\": %.3f}\n",
        agents_.size(), ports_, static_cast<unsigned long long>(distinct_),
        static_cast<unsigned long long>(items_ - distinct_),
        static_cast<unsigned long long>(bytes_), seconds(connected - begin),
        seconds(end - connected), seconds(end - begin), cpu(used.ru_utime) + cpu(used.ru_stime));
  }

  std::vector<Agent> agents_;
  std::size_t ports_;
  std::string instance_;
  std::vector<char> room_;
  sockaddr_in node_{};
  int poll_ = ::epoll_create1(0);
  Clock::time_point deadline_;
  std::size_t opened_ = 0, complete_ = 0;
  std::uint64_t items_ = 0, distinct_ = 0, bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: %s CONTROL FIRST-AGENT AGENTS PORTS INSTANCE TIMEOUT\n", argv[0]);
    return 2;
  }
  Swarm swarm{argv[1], argv[2], std::strtoul(argv[3], nullptr, 10),
              std::strtoul(argv[4], nullptr, 10), argv[5]};
  return swarm.run(std::strtod(argv[6], nullptr)) ? 0 : 1;
}
