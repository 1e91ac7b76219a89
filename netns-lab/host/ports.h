#pragma once
// The packet port of a vrouter: which device stands behind which vif. A device that is not there
// yet, or goes away, is looked for again until it appears: labs make wires in any order.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "netns-lab/host/packet_port.h"
#include "vrouter-core/base/id.h"

namespace tflab::netns {

class Ports {
public:
  // Frames from `in`, in their ring until it returns; and when everything that was sent meanwhile
  // has gone and the ring is free again.
  struct Reader {
    std::function<void(VifId in, PacketPort::Burst frames)> burst;
    std::function<void()> burst_end;
  };

  Ports(boost::asio::io_context& io, Reader reader);

  void attach(VifId vif, const std::string& device);
  void detach(VifId vif);

  // What is sent waits for flush(), or until there is much of it. After a burst everything is
  // flushed.
  void send(VifId vif, std::span<const std::byte> frame);
  void flush();

  // What the devices would not take, and vifs without a device were sent.
  std::uint64_t unsent() const { return unsent_; }

private:
  struct Port {
    std::string device;
    std::unique_ptr<PacketPort> packets;  // none: not there just now
    std::unique_ptr<boost::asio::posix::stream_descriptor> waiter;
  };

  bool try_open(VifId vif, Port& port);
  void wait(VifId vif, Port& port);
  void read(VifId vif);
  void lose(Port& port);
  void look_again();

  boost::asio::io_context& io_;
  Reader reader_;
  std::map<VifId, Port> ports_;
  std::vector<Port*> sending_;  // those where something may wait
  boost::asio::steady_timer retry_;
  bool looking_ = false;
  std::uint64_t unsent_ = 0;
};

}  // namespace tflab::netns
