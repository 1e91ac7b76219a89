#pragma once
// An ns-3 network device that speaks whole Ethernet frames. Where its frames go is plugged in: onto
// a segment, or into a vrouter's interface. Nothing is lost, delayed or counted here.

#include <ns3/arp-cache.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/traced-callback.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "control-core/base/stream.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/reader.h"

namespace tflab::sim {

class EthernetDevice : public ns3::NetDevice {
public:
  using Out = std::function<void(SharedBytes frame)>;

  static ns3::TypeId GetTypeId();
  EthernetDevice(Mac mac, std::uint16_t mtu);

  // Where its frames go. Plugged into nothing, it neither sends nor receives.
  void connect(Out out) { out_ = std::move(out); }
  // Sends a frame that is written already.
  void send(SharedBytes frame) {
    if (out_) out_(std::move(frame));
  }
  // Who may take a packet before ns-3 receives it; false: not theirs.
  using First = std::function<bool(const Mac& from, Bytes packet)>;
  void offer_first(First first) { first_ = std::move(first); }
  // Of its IPv4 interface; none: it has no address.
  void set_neighbours(ns3::Ptr<ns3::ArpCache> cache) { neighbours_ = cache; }
  ns3::ArpCache* neighbours() const { return ns3::PeekPointer(neighbours_); }
  // A frame arrived for this device. Frames for somebody else are looked at by nobody.
  void deliver(Bytes frame);
  Mac mac() const { return mac_; }

  void SetIfIndex(std::uint32_t index) override { index_ = index; }
  std::uint32_t GetIfIndex() const override { return index_; }
  ns3::Ptr<ns3::Channel> GetChannel() const override;
  void SetAddress(ns3::Address address) override;
  ns3::Address GetAddress() const override;
  bool SetMtu(std::uint16_t mtu) override;
  std::uint16_t GetMtu() const override { return mtu_; }
  bool IsLinkUp() const override { return true; }
  void AddLinkChangeCallback(ns3::Callback<void> callback) override;
  bool IsBroadcast() const override { return true; }
  ns3::Address GetBroadcast() const override;
  bool IsMulticast() const override { return true; }
  ns3::Address GetMulticast(ns3::Ipv4Address group) const override;
  ns3::Address GetMulticast(ns3::Ipv6Address group) const override;
  bool IsBridge() const override { return false; }
  bool IsPointToPoint() const override { return false; }
  bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& to, std::uint16_t type) override;
  bool SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to,
                std::uint16_t type) override;
  ns3::Ptr<ns3::Node> GetNode() const override { return node_; }
  void SetNode(ns3::Ptr<ns3::Node> node) override { node_ = node; }
  bool NeedsArp() const override { return true; }
  void SetReceiveCallback(ReceiveCallback callback) override { receive_ = callback; }
  void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override { all_ = callback; }
  bool SupportsSendFrom() const override { return true; }

private:
  void DoDispose() override;

  Mac mac_;
  std::uint16_t mtu_;
  std::uint32_t index_ = 0;
  ns3::Ptr<ns3::Node> node_;
  Out out_;
  First first_;
  ns3::Ptr<ns3::ArpCache> neighbours_;
  ReceiveCallback receive_;
  PromiscReceiveCallback all_;
};

}  // namespace tflab::sim
