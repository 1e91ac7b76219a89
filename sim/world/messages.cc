#include "sim/world/messages.h"

#include <algorithm>
#include <utility>

#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

// Of each full segment and of the last: Ethernet with preamble, check and gap 38, IPv4 20, TCP with
// timestamps 32.
constexpr std::size_t headers = 90;
// A dialler learns of a refusal when its TCP gives up, as in ns3/stack.cc.
constexpr Duration patience = seconds(3);
constexpr std::uint16_t first_port = 49153;
// Keepalives of XMPP and BGP have 2 and 19 octets; nothing else is as short.
constexpr std::size_t sign_of_life = 19;

template <class Act>
void later(std::uint32_t context, Instant when, Act act) {
  ns3::Simulator::ScheduleWithContext(context, until(when), std::move(act));
}

}  // namespace

Instant Messages::leave(Ip4 sender, std::size_t octets, std::uint32_t segment_size) {
  const std::size_t segments = std::max<std::size_t>(1, (octets + segment_size - 1) / segment_size);
  const auto bits = static_cast<std::int64_t>((octets + segments * headers) * 8);
  const auto rate = static_cast<std::int64_t>(segment_.link().rate_bps);
  Instant& free = free_at_[sender];
  free = std::max(free, now()) + Duration{(bits * 1'000'000'000 + rate - 1) / rate};
  return free;
}

template <class Act>
void Messages::across(const Shared& connection, std::uint32_t context, Instant when, bool news,
                      Act act) {
  if (!connects(*connection)) {
    held_.push_back({connection, context, news, std::move(act)});
    return;
  }
  under_way_ += news;
  later(context, when, std::move(act));
}

void Messages::send_held() {
  for (Held& held : std::exchange(held_, {}))
    across(held.connection, held.context, now() + delay(*held.connection), held.news,
           std::move(held.act));
}

void Messages::told(const Connection& connection, unsigned to, const SharedBytes& bytes) {
  trace_.handed_over(connection.number << 1 | to, bytes);
}

MessageStreams::~MessageStreams() {
  stop_listening();
  for (auto& [id, mine] : mine_) mine.connection->ends[mine.end].streams = nullptr;
}

void MessageStreams::listen(std::uint16_t port) {
  messages_.listeners_[{address_, port}] = this;
}

void MessageStreams::stop_listening() {
  std::erase_if(messages_.listeners_, [this](const auto& each) { return each.second == this; });
}

void MessageStreams::open(const OpenStream& request) {
  auto connection = std::make_shared<Messages::Connection>();
  connection->number = messages_.connections_++;
  const auto port = static_cast<std::uint16_t>(first_port + connection->number % 16'000);
  connection->ends[0] = {
      .streams = this, .id = request.stream, .address = {address_, port}, .context = context_};
  connection->ends[1].address = request.to;
  mine_[request.stream] = {connection, 0};
  messages_.across(connection, context_,
                   messages_.leave(address_, 0, segment_size_) + messages_.delay(*connection),
                   false, [&messages = messages_, connection] { dialled(messages, connection); });
}

// The SYN has arrived. Its answer opens the dialling end, and the answer to that the other one.
void MessageStreams::dialled(Messages& messages, const Shared& connection) {
  Messages::End& from = connection->ends[0];
  Messages::End& to = connection->ends[1];
  const auto listener = messages.listeners_.find(to.address);
  if (listener == messages.listeners_.end())
    return later(from.context, now() + patience, [connection] { refuse(connection); });
  to.context = listener->second->context_;
  messages.across(connection, from.context, now() + messages.delay(*connection), false,
                  [connection] { opened(connection); });
  messages.across(connection, to.context, now() + messages.delay(*connection) * 2, false,
                  [&messages, connection] { accept(messages, connection); });
}

void MessageStreams::refuse(const Shared& connection) {
  ended(connection, 0);
}

void MessageStreams::opened(const Shared& connection) {
  Messages::End& end = connection->ends[0];
  if (end.streams == nullptr) return;
  end.open = true;
  MessageStreams& streams = *end.streams;
  streams.send({connection, 0});
  streams.user_.opened(end.id, end.address);
}

void MessageStreams::accept(Messages& messages, const Shared& connection) {
  Messages::End& from = connection->ends[0];
  Messages::End& to = connection->ends[1];
  const auto listener = messages.listeners_.find(to.address);
  if (listener == messages.listeners_.end() || from.streams == nullptr) return ended(connection, 0);
  to.streams = listener->second;
  to.open = true;
  to.id = to.streams->user_.accepted(to.address, from.address);
  to.streams->mine_[to.id] = {connection, 1};
}

void MessageStreams::write(const WriteStream& request) {
  const auto at = mine_.find(request.stream);
  if (at == mine_.end() || request.bytes->empty()) return;
  Messages::End& own = at->second.connection->ends[at->second.end];
  if (own.open && own.written.empty()) unsent_.push_back(request.stream);
  own.written.push_back(request.bytes);
}

void MessageStreams::flush() {
  if (unsent_.empty()) return;
  for (const StreamId stream : std::exchange(unsent_, {}))
    if (const auto at = mine_.find(stream); at != mine_.end()) {
      const Mine mine = at->second;
      send(mine);
      Messages::End& own = mine.connection->ends[mine.end];
      if (own.under_way <= high_water || std::exchange(own.blocked, true)) continue;
      user_.blocked(stream);
    }
}

void MessageStreams::send(const Mine& mine) {
  Messages::End& own = mine.connection->ends[mine.end];
  if (own.written.empty()) return;
  const unsigned to = 1 - mine.end;
  std::size_t octets = 0;
  for (const SharedBytes& bytes : own.written) octets += bytes->size();
  own.under_way += octets;
  // ns-3 copies what it is to do.
  auto delivery = std::make_shared<const Messages::Delivery>(
      Messages::Delivery{mine.connection, to, octets, std::exchange(own.written, {})});
  messages_.across(
      mine.connection, mine.connection->ends[to].context,
      messages_.leave(address_, octets, segment_size_) + messages_.delay(*mine.connection),
      octets > sign_of_life,
      [&messages = messages_, delivery = std::move(delivery)] { arrived(messages, *delivery); });
}

void MessageStreams::arrived(Messages& messages, const Messages::Delivery& delivery) {
  const auto& [connection, to, octets, writes] = delivery;
  messages.under_way_ -= octets > sign_of_life;
  Messages::End& sender = connection->ends[1 - to];
  sender.under_way -= octets;
  if (sender.blocked && sender.under_way < low_water && sender.streams != nullptr) {
    sender.blocked = false;
    // What the receiver's TCP would say takes its time to get there.
    later(sender.context, now() + messages.delay(*connection),
          [connection = connection, from = 1 - to] {
            if (const Messages::End& end = connection->ends[from]; end.streams != nullptr)
              end.streams->user_.writable(end.id);
          });
  }
  const Messages::End& receiver = connection->ends[to];
  if (receiver.streams == nullptr) return;
  StreamUser& user = receiver.streams->user_;
  for (const SharedBytes& bytes : writes) {
    if (receiver.streams == nullptr) break;  // it has closed in the middle
    messages.told(*connection, to, bytes);
    user.bytes(receiver.id, *bytes);
  }
  user.heard();
}

void MessageStreams::close(const CloseStream& request) {
  const auto at = mine_.find(request.stream);
  if (at == mine_.end()) return;
  const auto [connection, end] = at->second;
  if (connection->ends[end].open) send(at->second);
  mine_.erase(at);
  connection->ends[end].streams = nullptr;
  messages_.across(connection, connection->ends[1 - end].context,
                   messages_.leave(address_, 0, segment_size_) + messages_.delay(*connection),
                   false, [connection, to = 1 - end] { ended(connection, to); });
}

void MessageStreams::ended(const Shared& connection, unsigned to) {
  Messages::End& end = connection->ends[to];
  MessageStreams* const streams = std::exchange(end.streams, nullptr);
  if (streams == nullptr) return;
  streams->mine_.erase(end.id);
  streams->user_.closed(end.id);
}

void MessageStreams::retire() {
  stop_listening();
  std::vector<StreamId> all;
  for (const auto& [stream, mine] : mine_) all.push_back(stream);
  std::ranges::sort(all);
  for (const StreamId stream : all) close({stream});
}

}  // namespace tflab::sim
