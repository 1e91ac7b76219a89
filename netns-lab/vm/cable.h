#pragma once
// A veth pair: one end for the vrouter in the kernel, the other in our hands.

#include <functional>
#include <memory>
#include <string>

#include "netns-lab/host/packet_port.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"

namespace tflab::netns {

class Cable {
public:
  explicit Cable(VifId vif);
  ~Cable();
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  std::string vrouter_end() const { return "vr-" + number_; }
  // False: the device did not take it.
  bool send(Bytes frame);
  // What has arrived at our end.
  void read(const std::function<void(Bytes frame)>& take);

private:
  std::string our_end() const { return "w-" + number_; }

  std::string number_;
  std::unique_ptr<PacketPort> port_;
};

}  // namespace tflab::netns
