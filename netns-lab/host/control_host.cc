#include "netns-lab/host/control_host.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <variant>

#include "scenarios/derive.h"

namespace tflab::netns {

namespace {

Places listening_places(const config::ControlNode& config) {
  Places out;
  for (const Endpoint& at : config.bgp_listen) out.emplace(at, Caller::speaker);
  if (out.empty()) out.emplace(Endpoint{config.address, config.bgp_port}, Caller::speaker);
  if (config.xmpp_port != 0) out.emplace(Endpoint{config.address, config.xmpp_port}, Caller::agent);
  return out;
}

}  // namespace

ControlHost::ControlHost(boost::asio::io_context& io, const Clock& clock,
                         config::ControlNode config, std::uint16_t http_port, node::Tape* tape,
                         std::unique_ptr<LinuxPlane> plane)
    : io_{io},
      clock_{clock},
      http_port_{http_port},
      node_{std::move(config), tape},
      streams_{io, *this},
      wake_up_{io, clock, [this] { wake(); }},
      md5_watch_{
          io, [](const std::string& text) { std::cerr << "tflab-control: " << text << std::endl; }},
      plane_{std::move(plane)} {}

void ControlHost::wake() {
  node_.on_timer(clock_.now());
  drain();
}

void ControlHost::hold_peers_to(const config::ControlNode& config) {
  std::vector<SocketTerms> terms = socket_terms(config);
  md5_watch_.watch(
      std::ranges::any_of(terms, [](const SocketTerms& each) { return !each.md5_key.empty(); }));
  streams_.hold_to(std::move(terms));
}

void ControlHost::start() {
  hold_peers_to(node_.config());
  streams_.listen(listening_places(node_.config()));
  node_.start(clock_.now());
  drain();
}

void ControlHost::stop() {
  node_.stop(clock_.now());
  drain();
}

void ControlHost::configure(const scenario::Scenario& scenario, const std::string& name) {
  if (find(scenario.bgp_routers, name)->introspect_port != http_port_)
    throw std::runtime_error{"introspect-port cannot change while the daemon runs"};
  config::ControlNode next = scenario::control_node(scenario, name);
  if (plane_) plane_->configure(next);
  streams_.listen(listening_places(next));
  hold_peers_to(next);
  node_.configure(clock_.now(), std::move(next));
  drain();
}

std::optional<introspect::Tree> ControlHost::page(const introspect::PageRequest& request) {
  return node_.page(request);
}

// What the core has to say to a new stream waits until the stream is known here.
StreamId ControlHost::on_accepted(Endpoint local, Endpoint remote) {
  const StreamId id = node_.on_accepted(clock_.now(), local, remote);
  drain_soon();
  return id;
}

void ControlHost::on_opened(StreamId stream, Endpoint local) {
  node_.on_opened(clock_.now(), stream, local);
  drain();
}

void ControlHost::on_bytes(StreamId stream, Bytes bytes) {
  node_.on_bytes(clock_.now(), stream, bytes);
  drain_soon();
}

void ControlHost::on_closed(StreamId stream) {
  node_.on_closed(clock_.now(), stream);
  drain();
}

void ControlHost::on_blocked(StreamId stream) {
  node_.on_blocked(clock_.now(), stream);
  drain();
}

void ControlHost::on_writable(StreamId stream) {
  node_.on_writable(clock_.now(), stream);
  drain();
}

// After all streams that have bytes now: what many peers say at once is told in one go.
void ControlHost::drain_soon() {
  if (std::exchange(draining_, true)) return;
  boost::asio::post(io_, [this] {
    draining_ = false;
    drain();
  });
}

void ControlHost::drain() {
  struct Carry {
    Streams& streams;
    void operator()(const OpenStream& out) const { streams.open(out); }
    void operator()(const WriteStream& out) const { streams.write(out); }
    void operator()(const CloseStream& out) const { streams.close(out); }
  };
  while (const auto output = node_.poll_output()) std::visit(Carry{streams_}, *output);
  wake_up_.follow(node_.next_timer());
  forward();
}

void ControlHost::forward() {
  if (!plane_ || std::exchange(forwarded_, node_.activity()) == node_.activity()) return;
  plane_->follow(node_.router_routes());
}

}  // namespace tflab::netns
