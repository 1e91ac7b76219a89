#pragma once
// The byte-stream port at fidelity `message`: what a node writes to a peer in one go is handed over
// through the scheduler, write by write and in one event. It leaves when all that its computer
// wrote before has left, at the link's rate and with the headers that TCP would have added, and
// arrives one delay later. There is no loss, no window and no retransmission; a computer without
// power is silent, and what cannot get across a partition waits until it can.

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/ns3/segment.h"
#include "sim/ns3/stream.h"
#include "sim/world/trace.h"

namespace tflab::sim {

class MessageStreams;

// What they share: who listens where, each computer's transmit clock, and what is under way.
class Messages {
public:
  Messages(const Segment& segment, Trace& trace) : segment_{segment}, trace_{trace} {}

  // Messages that are on their way and are more than a sign of life.
  std::uint64_t under_way() const { return under_way_; }
  // The segment connects others now.
  void send_held();

private:
  friend class MessageStreams;

  // One connection: [0] dialled, [1] was dialled. An end without streams is gone.
  struct End {
    MessageStreams* streams = nullptr;
    StreamId id;
    Endpoint address;
    std::uint32_t context = 0;
    std::size_t under_way = 0;  // octets it wrote that have not arrived
    bool open = false, blocked = false;
    std::vector<SharedBytes> written{};  // and not sent yet
  };
  struct Connection {
    std::uint32_t number = 0;
    End ends[2];
  };
  using Shared = std::shared_ptr<Connection>;
  // What one end wrote in one go, on its way to the other.
  struct Delivery {
    Shared connection;
    unsigned to = 0;
    std::size_t octets = 0;
    std::vector<SharedBytes> writes;
  };

  // When what is sent now by this computer has left.
  Instant leave(Ip4 sender, std::size_t octets, std::uint32_t segment_size);
  Duration delay(const Connection& connection) const {
    return segment_.link().between(connection.ends[0].address.address.v4(),
                                   connection.ends[1].address.address.v4());
  }
  // Does this at the other end at that time, if there is a way to it; otherwise as soon as there
  // is. `news`: it is more than a sign of life.
  template <class Act>
  void across(const Shared& connection, std::uint32_t context, Instant when, bool news, Act act);
  bool connects(const Connection& connection) const {
    return segment_.connects(connection.ends[0].address.address.v4(),
                             connection.ends[1].address.address.v4());
  }
  void told(const Connection& connection, unsigned to, const SharedBytes& bytes);

  const Segment& segment_;
  Trace& trace_;
  std::map<Endpoint, MessageStreams*> listeners_;
  std::map<Ip4, Instant> free_at_;
  std::uint64_t under_way_ = 0;
  struct Held {
    Shared connection;
    std::uint32_t context = 0;
    bool news = false;
    std::function<void()> act;
  };
  std::vector<Held> held_;  // in order
  std::uint32_t connections_ = 0;
};

// The streams of one node in one life.
class MessageStreams final : public Streams {
public:
  // `context`: the ns-3 node whose events these are.
  MessageStreams(Messages& messages, StreamUser& user, Ip4 address, std::uint32_t context,
                 std::uint32_t segment_size)
      : messages_{messages},
        user_{user},
        address_{address},
        context_{context},
        segment_size_{segment_size} {}
  ~MessageStreams() override;
  MessageStreams(const MessageStreams&) = delete;
  MessageStreams& operator=(const MessageStreams&) = delete;

  void listen(std::uint16_t port) override;
  void open(const OpenStream& request) override;
  void write(const WriteStream& request) override;
  void flush() override;
  void close(const CloseStream& request) override;
  void retire() override;

private:
  using Shared = Messages::Shared;
  struct Mine {
    Shared connection;
    unsigned end = 0;
  };

  static void dialled(Messages& messages, const Shared& connection);
  static void accept(Messages& messages, const Shared& connection);
  static void opened(const Shared& connection);
  static void arrived(Messages& messages, const Messages::Delivery& delivery);
  static void ended(const Shared& connection, unsigned to);
  static void refuse(const Shared& connection);
  void send(const Mine& mine);
  void stop_listening();

  Messages& messages_;
  StreamUser& user_;
  Ip4 address_;
  std::uint32_t context_, segment_size_;
  struct HashOfStream {
    std::size_t operator()(StreamId stream) const { return stream.raw(); }
  };
  std::unordered_map<StreamId, Mine, HashOfStream> mine_;  // outputs never follow its order
  std::vector<StreamId> unsent_;                           // in order of the first write
};

}  // namespace tflab::sim
