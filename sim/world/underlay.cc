#include "sim/world/underlay.h"

#include "sim/ns3/tcp_streams.h"

namespace tflab::sim {

std::unique_ptr<Streams> Underlay::streams_of(ns3::Ptr<ns3::Node> computer, Ip4 address,
                                              StreamUser& user) {
  if (messages)
    return std::make_unique<MessageStreams>(*messages, user, address, computer->GetId(),
                                            segment_size());
  return std::make_unique<TcpStreams>(computer, user, segment_size());
}

}  // namespace tflab::sim
