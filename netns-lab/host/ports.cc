#include "netns-lab/host/ports.h"

#include <system_error>

namespace tflab::netns {
namespace {

using Error = boost::system::error_code;

constexpr auto look_every = std::chrono::milliseconds{50};
constexpr std::size_t slots = 256;
constexpr std::size_t burst = 64;  // then somebody else's turn

}  // namespace

Ports::Ports(boost::asio::io_context& io, Reader reader)
    : io_{io}, reader_{std::move(reader)}, retry_{io} {}

void Ports::attach(VifId vif, const std::string& device) {
  Port& port = ports_[vif];
  lose(port);
  port.device = device;
  if (!try_open(vif, port)) look_again();
}

void Ports::detach(VifId vif) {
  const auto at = ports_.find(vif);
  if (at == ports_.end()) return;
  lose(at->second);
  ports_.erase(at);
}

void Ports::send(VifId vif, std::span<const std::byte> frame) {
  const auto at = ports_.find(vif);
  if (at == ports_.end() || !at->second.packets) {
    ++unsent_;
    return;
  }
  PacketPort& packets = *at->second.packets;
  if (!packets.waiting()) sending_.push_back(&at->second);
  if (!packets.put(frame)) ++unsent_;
}

void Ports::flush() {
  for (Port* port : sending_) unsent_ += port->packets->flush();
  sending_.clear();
}

bool Ports::try_open(VifId vif, Port& port) {
  try {
    port.packets = std::make_unique<PacketPort>(port.device, slots);
  } catch (const std::system_error&) {
    return false;
  }
  port.waiter = std::make_unique<boost::asio::posix::stream_descriptor>(io_, port.packets->fd());
  wait(vif, port);
  return true;
}

void Ports::wait(VifId vif, Port& port) {
  port.waiter->async_wait(boost::asio::posix::descriptor_base::wait_read,
                          [this, vif](const Error& error) {
                            if (!error) read(vif);
                          });
}

// The core may detach this very port when the burst is over, so it is found again afterwards.
void Ports::read(VifId vif) {
  const auto at = ports_.find(vif);
  if (at == ports_.end() || !at->second.packets) return;
  try {
    at->second.packets->read(burst, [&](PacketPort::Burst frames) {
      reader_.burst(vif, frames);
      flush();
    });
  } catch (const std::system_error&) {
    lose(at->second);
    look_again();
  }
  reader_.burst_end();
  if (const auto still = ports_.find(vif); still != ports_.end() && still->second.packets)
    wait(vif, still->second);
}

// The waiter does not own the descriptor.
void Ports::lose(Port& port) {
  flush();
  if (port.waiter) port.waiter->release();
  port.waiter.reset();
  port.packets.reset();
}

void Ports::look_again() {
  if (looking_) return;
  looking_ = true;
  retry_.expires_after(look_every);
  retry_.async_wait([this](const Error& error) {
    if (error) return;
    looking_ = false;
    bool missing = false;
    for (auto& [vif, port] : ports_)
      if (!port.packets) missing |= !try_open(vif, port);
    if (missing) look_again();
  });
}

}  // namespace tflab::netns
