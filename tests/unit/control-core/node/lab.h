#pragma once
// Control nodes and agents in virtual time: real nodes, real XMPP clients and BGP sessions, and in
// between wires of one millisecond (or as long as somebody says) that may be cut.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control-core/base/text.h"
#include "control-core/bgp/session.h"
#include "control-core/config/names.h"
#include "control-core/introspect/tree.h"
#include "control-core/node/control_node.h"
#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"

namespace tflab::test {

using introspect::PageRequest;
using introspect::Query;
using introspect::Tree;

inline Ip4 ip(const char* text) {
  return *parse_ip4(text);
}
inline IpPrefix prefix(const char* text) {
  return *parse_prefix(text);
}
inline RouteTarget target(const char* text) {
  return *parse_target(text);
}

inline const std::string fab = config::instance_of(config::ip_fabric);
inline const std::string pod_network = "default-domain:k8s-default:k8s-default-pod-network";
inline const std::string svc_network = "default-domain:k8s-default:k8s-default-service-network";
inline const std::string pod = config::instance_of(pod_network);
inline const std::string svc = config::instance_of(svc_network);
inline const std::string hostname = "ip-172-31-41-236.ap-northeast-1.compute.internal";

// The quick-start article's fabric: three connected networks and two idle ones.
inline config::Fabric article_fabric() {
  config::Fabric out;
  const auto network = [](std::string_view name, std::uint32_t index, const char* rt,
                          std::vector<std::string> policies) {
    config::Network made;
    made.name = name;
    made.instance = made.network_id = index;
    if (rt) made.targets = {target(rt)};
    made.policies = std::move(policies);
    return made;
  };
  out.networks = {
      network(config::ip_fabric, 1, "target:64512:8000001", {"fabric"}),
      network(config::default_network, 2, nullptr, {}), network(config::link_local, 3, nullptr, {}),
      network(pod_network, 4, "target:64512:8000002", {"fabric", "pod-service"}),
      network(svc_network, 5, "target:64512:8000003", {"fabric", "service", "pod-service"})};
  const auto rule = [](std::string_view src, std::string_view dst) {
    config::PolicyRule made;
    made.src = src;
    made.dst = dst;
    return config::Policy{{made}};
  };
  out.policies = {{"fabric", rule("any", config::ip_fabric)},
                  {"service", rule("any", svc_network)},
                  {"pod-service", rule(pod_network, svc_network)}};
  return out;
}

inline config::ControlNode article_node(const char* address = "172.31.14.47") {
  config::ControlNode out;
  out.name = std::string{"control-"} + address;
  out.address = ip(address);
  out.router_id = ip(address);
  out.fabric = article_fabric();
  return out;
}

inline config::BgpPeer peer_of(const config::ControlNode& other) {
  config::BgpPeer out;
  out.name = other.name;
  out.address = other.address;
  out.as = other.as;
  out.families = {Family::inet, Family::inet_vpn, Family::route_target, Family::evpn,
                  Family::ermvpn};
  return out;
}

inline void mesh(std::vector<config::ControlNode>& nodes) {
  for (auto& each : nodes)
    for (const auto& other : nodes)
      if (other.address != each.address) each.peers.push_back(peer_of(other));
}

class Lab;

// Something with an address that a stream can end at.
class Host {
public:
  unsigned number = 0;  // two hosts may share an address
  virtual ~Host() = default;
  virtual IpAddr address() const = 0;
  virtual void start() = 0;
  virtual std::optional<StreamId> accepted(Endpoint local, Endpoint remote) = 0;
  virtual void opened(StreamId stream, Endpoint local) = 0;
  virtual void bytes(StreamId stream, Bytes bytes) = 0;
  virtual void closed(StreamId stream) = 0;
  virtual void timer() = 0;
  virtual std::optional<Instant> next_timer() const = 0;
  virtual void drain() = 0;
};

class Lab {
public:
  Instant now{seconds(1).ns};

  template <class T, class... Args>
  T& add(Args&&... args) {
    auto made = std::make_unique<T>(*this, std::forward<Args>(args)...);
    T& out = *made;
    out.number = next_number_++;
    hosts_.push_back(std::move(made));
    return out;
  }
  void start(Host& host) {
    host.start();
    host.drain();
  }
  // The host is gone without a word. Its connections break for the others; what was under way to it
  // is lost. Another one with its address may be added.
  void crash(Host& host) {
    const auto at = std::find_if(hosts_.begin(), hosts_.end(),
                                 [&](const auto& each) { return each.get() == &host; });
    dead_.push_back(std::move(*at));
    hosts_.erase(at);
    std::erase_if(muted,
                  [&](const auto& pair) { return pair.first == &host || pair.second == &host; });
    std::vector<End> others;
    for (const auto& [end, other] : ends_)
      if (end.host == &host) others.push_back(other);
    std::erase_if(ends_, [&](const auto& each) { return each.first.host == &host; });
    for (const End& other : others) send(host, other, [this, other] { lose(other); });
  }

  void run_for(Duration time) { run_until(now + time); }
  void run_until(Instant end) {
    for (;;) {
      std::optional<Instant> next;
      for (const auto& host : hosts_)
        if (!busy.contains(host.get())) next = earlier(next, host->next_timer());
      if (!events_.empty()) next = earlier(next, events_.begin()->first);
      if (!next || *next > end) break;
      now = std::max(now, *next);
      step();
    }
    now = end;
  }

  // --- what hosts call
  void open(Host& from, StreamId stream, Endpoint to) {
    after(millis(1), [this, &from, stream, to] { connect(from, stream, to); });
  }
  void write(Host& from, StreamId stream, SharedBytes bytes) {
    const auto link = ends_.find({&from, stream});
    if (link == ends_.end() || silent.contains(&from)) return;
    const End other = link->second;
    send(from, other, [this, other, bytes] {
      if (!ends_.contains(other)) return;
      other.host->bytes(other.stream, *bytes);
      if (!busy.contains(other.host)) other.host->drain();
    });
  }
  void close(Host& from, StreamId stream) {
    const auto link = ends_.find({&from, stream});
    if (link == ends_.end()) return;
    const End other = link->second;
    ends_.erase(link);
    send(from, other, [this, other] { lose(other); });
  }
  // Every connection between the two breaks, for both at once.
  void cut(Host& a, Host& b) {
    std::vector<End> broken;
    for (const auto& [end, other] : ends_)
      if ((end.host == &a && other.host == &b) || (end.host == &b && other.host == &a))
        broken.push_back(end);
    for (const End& end : broken) lose(end);
  }
  // Who dialled the connections that there are now between the two.
  std::vector<IpAddr> diallers(const Host& a, const Host& b) const {
    std::vector<IpAddr> out;
    for (const auto& [end, other] : ends_)
      if (end.host == &a && other.host == &b)
        out.push_back((dialled_.contains(end) ? a : b).address());
    return out;
  }
  // The connection between the two, as the first one names it.
  std::optional<StreamId> stream_of(const Host& node, const Host& other) const {
    for (const auto& [end, there] : ends_)
      if (end.host == &node && there.host == &other) return end.stream;
    return {};
  }
  StreamId stream_between(const Host& at, const Host& other) const {
    return stream_of(at, other).value_or(StreamId{});
  }
  // These are told what comes and do not get round to it until they are free().
  std::set<const Host*> busy;
  void free(Host& host) {
    busy.erase(&host);
    host.drain();
  }
  // What these say gets lost.
  std::set<const Host*> silent;
  // Dials between hosts in this set of addresses are refused.
  std::set<IpAddr> unreachable;
  // From the first to the second nothing arrives any more, and nobody is told. What was sent
  // meanwhile arrives after heal(), as TCP has it.
  std::set<std::pair<const Host*, const Host*>> muted;

  void heal() {
    muted.clear();
    for (auto& [from, to, what] : std::exchange(held_, {}))
      after(delay(*from, *to), std::move(what));
  }
  // How long it takes from one to the other, always the same; absent: a millisecond.
  std::function<Duration(const Host& from, const Host& to)> latency;

private:
  struct End {
    Host* host;
    StreamId stream;
    friend bool operator<(const End& a, const End& b) {
      return a.host != b.host ? a.host->number < b.host->number : a.stream < b.stream;
    }
  };

  static std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a) return b;
    return b && *b < *a ? b : a;
  }
  Duration delay(const Host& from, const Host& to) const {
    return latency ? latency(from, to) : millis(1);
  }
  void after(Duration time, std::function<void()> what) {
    events_.emplace(now + time, std::move(what));
  }
  void send(const Host& from, const End& to, std::function<void()> what) {
    if (muted.contains({&from, to.host}))
      held_.push_back({&from, to.host, std::move(what)});
    else
      after(delay(from, *to.host), std::move(what));
  }
  void step() {
    while (!events_.empty() && events_.begin()->first <= now) {
      auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    for (const auto& host : hosts_) {
      if (busy.contains(host.get())) continue;
      if (const auto due = host->next_timer(); !due || *due > now) continue;
      host->timer();
      host->drain();
    }
  }
  bool dead(const Host& host) const {
    return std::any_of(dead_.begin(), dead_.end(),
                       [&](const auto& each) { return each.get() == &host; });
  }
  void connect(Host& from, StreamId stream, Endpoint to) {
    if (dead(from)) return;
    const Endpoint local{from.address(), static_cast<std::uint16_t>(40000 + ++ports_)};
    for (const auto& host : hosts_) {
      if (host->address() != to.address || unreachable.contains(to.address)) continue;
      if (muted.contains({&from, host.get()}) || muted.contains({host.get(), &from})) return;
      const auto there = host->accepted(to, local);
      if (!there) break;
      ends_[{&from, stream}] = {host.get(), *there};
      dialled_.insert({&from, stream});
      ends_[{host.get(), *there}] = {&from, stream};
      from.opened(stream, local);
      from.drain();
      host->drain();
      return;
    }
    from.closed(stream);
    from.drain();
  }
  void lose(End end) {
    if (ends_.erase(end) == 0) return;
    end.host->closed(end.stream);
    end.host->drain();
  }

  struct Held {
    const Host *from, *to;
    std::function<void()> what;
  };
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Host>> dead_;  // kept, because things under way name them
  std::multimap<Instant, std::function<void()>> events_;
  std::vector<Held> held_;  // by muted
  std::map<End, End> ends_;
  std::set<End> dialled_;
  unsigned ports_ = 0, next_number_ = 0;
};

class Node : public Host {
public:
  Node(Lab& lab, config::ControlNode config) : node{config}, lab_{lab}, address_{config.address} {}

  node::ControlNode node;

  void configure(config::ControlNode next) {
    node.configure(lab_.now, std::move(next));
    drain();
  }
  Tree page(std::string name, Query query = {}) const {
    auto out = node.page({std::move(name), std::move(query), lab_.now, 0});
    EXPECT_TRUE(out);
    return out.value_or(Tree{});
  }
  // "prefixes paths primary secondary infeasible"
  std::string counts(const std::string& table) const {
    const Tree summary = page("ShowRouteSummaryReq");
    for (const Tree* row : introspect::all(summary, "ShowRouteTableSummary")) {
      if (text_of(*row, "name") != table) continue;
      std::string out;
      for (const char* field :
           {"prefixes", "paths", "primary_paths", "secondary_paths", "infeasible_paths"})
        out += (out.empty() ? "" : " ") + std::string{text_of(*row, field)};
      return out;
    }
    return "no such table";
  }
  // Rows of ShowRouteReq: table, prefix, protocol, source, localpref, nh, encap, label.
  std::vector<std::string> rows(Query query = {}) const {
    return rows_of(page("ShowRouteReq", std::move(query)));
  }
  std::vector<std::string> rows(const std::string& table) const {
    return rows(Query{{"routing_table", table}});
  }
  // The prefixes of one table.
  std::vector<std::string> prefixes(const std::string& table) const {
    std::vector<std::string> out;
    const Tree answer = page("ShowRouteReq", {{"routing_table", table}});
    for (const Tree* route : introspect::all(answer, "ShowRoute"))
      out.emplace_back(text_of(*route, "prefix"));
    return out;
  }
  static std::vector<std::string> elements(const Tree& row, std::string_view name) {
    std::vector<std::string> out;
    if (const Tree* list = introspect::find(row, name))
      for (const Tree& element : list->children) out.push_back(element.text);
    return out;
  }
  static std::string python_list(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const auto& each : list) out += (out.size() > 1 ? ", '" : "'") + each + "'";
    return out + "]";
  }
  static std::vector<std::string> rows_of(const Tree& answer) {
    std::vector<std::string> out;
    for (const Tree* table : introspect::all(answer, "ShowRouteTable"))
      for (const Tree* route : introspect::all(*table, "ShowRoute"))
        for (const Tree* path : introspect::all(*route, "ShowRoutePath")) {
          const auto text = [&](const char* name) { return std::string{text_of(*path, name)}; };
          const std::string source = text("source");
          out.push_back(std::string{text_of(*table, "routing_table_name")} + "\t" +
                        std::string{text_of(*route, "prefix")} + "\t" + text("protocol") + "\t" +
                        (source.empty() ? "None" : source) + "\t" + text("local_preference") +
                        "\t" + text("next_hop") + "\t" +
                        python_list(elements(*path, "tunnel_encap")) + "\t" + text("label"));
        }
    return out;
  }

  IpAddr address() const override { return address_; }
  void start() override { node.start(lab_.now); }
  std::optional<StreamId> accepted(Endpoint local, Endpoint remote) override {
    return node.on_accepted(lab_.now, local, remote);
  }
  void opened(StreamId stream, Endpoint local) override { node.on_opened(lab_.now, stream, local); }
  void bytes(StreamId stream, Bytes bytes) override { node.on_bytes(lab_.now, stream, bytes); }
  void closed(StreamId stream) override { node.on_closed(lab_.now, stream); }
  void timer() override { node.on_timer(lab_.now); }
  std::optional<Instant> next_timer() const override { return node.next_timer(); }
  void drain() override {
    while (auto output = node.poll_output()) {
      if (auto* open = std::get_if<OpenStream>(&*output)) lab_.open(*this, open->stream, open->to);
      if (auto* write = std::get_if<WriteStream>(&*output))
        lab_.write(*this, write->stream, write->bytes);
      if (auto* close = std::get_if<CloseStream>(&*output)) lab_.close(*this, close->stream);
    }
  }

private:
  Lab& lab_;
  IpAddr address_;
};

// An agent as far as a control node can tell: an XMPP client and what it has been told.
class FakeAgent : public Host {
public:
  FakeAgent(Lab& lab, std::string name, const char* address, Ip4 control)
      : client{{name, std::string{config::control_jid}}, std::make_shared<xmpp::Memo>(0)},
        lab_{lab},
        address_{ip(address)},
        control_{control} {}

  xmpp::Client client;
  // instance and family to id to item
  std::map<std::pair<std::string, Family>, std::map<std::string, xmpp::Item>> told;
  unsigned ups = 0, downs = 0, ends_of_rib = 0;
  unsigned messages = 0;  // items and retracts
  std::optional<Instant> end_of_rib_at;

  void subscribe(const std::string& instance, std::uint32_t id) {
    client.subscribe(lab_.now, instance, id);
    drain();
  }
  void unsubscribe(const std::string& instance, std::uint32_t id) {
    client.unsubscribe(lab_.now, instance, id);
    drain();
  }
  void publish(const std::string& instance, const xmpp::Item& item,
               std::optional<std::uint32_t> native = {}) {
    client.publish(lab_.now, instance, item, native);
    drain();
  }
  void retract(const std::string& instance, const xmpp::Item& item) {
    client.retract(lab_.now, instance, item);
    drain();
  }
  void raw(const std::string& text) {
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    lab_.write(*this, *stream_,
               std::make_shared<const std::vector<std::byte>>(begin, begin + text.size()));
  }

  xmpp::NextHop hop(std::uint32_t label, std::vector<Encap> encaps) const {
    return {address_, {}, label, std::move(encaps), {}};
  }
  xmpp::UnicastItem inet(const char* where, std::uint32_t label,
                         std::vector<Encap> encaps = {Encap::gre, Encap::udp}) const {
    xmpp::UnicastItem item;
    item.prefix = prefix(where);
    item.next_hops = {hop(label, std::move(encaps))};
    item.local_preference = 200;
    item.sub_protocol = SubProtocol::interface;
    return item;
  }
  xmpp::EvpnItem mac(const char* where, const char* address, std::uint32_t label) const {
    xmpp::EvpnItem item;
    item.mac = *parse_mac(where);
    item.address = prefix(address);
    item.next_hops = {hop(label, {Encap::gre, Encap::udp})};
    item.local_preference = 200;
    return item;
  }
  xmpp::EvpnItem broadcast(std::uint32_t vni) const {
    xmpp::EvpnItem item;
    item.tag = vni;
    item.mac = *parse_mac("ff:ff:ff:ff:ff:ff");
    item.address = prefix("0.0.0.0/32");
    item.next_hops = {hop(vni, {Encap::vxlan})};
    return item;
  }
  xmpp::MulticastItem flood(std::uint32_t first = 4096, std::uint32_t last = 6143) const {
    xmpp::MulticastItem item;
    item.group = ip("255.255.255.255");
    item.next_hop = address_;
    item.label_block = LabelBlock{first, last};
    item.encaps = {Encap::gre, Encap::udp};
    return item;
  }

  std::vector<std::string> ids(const std::string& instance, Family family = Family::inet) const {
    std::vector<std::string> out;
    const auto at = told.find({instance, family});
    if (at == told.end()) return out;
    for (const auto& [id, item] : at->second) out.push_back(id);
    return out;
  }
  const xmpp::UnicastItem* unicast(const std::string& instance, const std::string& id) const {
    return item<xmpp::UnicastItem>(instance, Family::inet, id);
  }
  template <class T>
  const T* item(const std::string& instance, Family family, const std::string& id) const {
    const auto at = told.find({instance, family});
    if (at == told.end()) return nullptr;
    const auto found = at->second.find(id);
    return found == at->second.end() ? nullptr : &std::get<T>(found->second);
  }

  IpAddr address() const override { return address_; }
  void start() override { client.start(lab_.now); }
  void stop() {
    client.stop(lab_.now);
    drain();
  }
  std::optional<StreamId> accepted(Endpoint, Endpoint) override { return {}; }
  void opened(StreamId stream, Endpoint) override {
    if (stream == stream_) client.on_transport_up(lab_.now);
  }
  void bytes(StreamId stream, Bytes bytes) override {
    if (stream == stream_) client.on_bytes(lab_.now, bytes);
  }
  void closed(StreamId stream) override {
    if (stream != stream_) return;
    stream_.reset();
    client.on_transport_down(lab_.now);
  }
  void timer() override { client.on_timer(lab_.now); }
  std::optional<Instant> next_timer() const override { return client.next_timer(); }
  void drain() override {
    while (auto output = client.poll_output())
      std::visit([this](auto& what) { take(what); }, *output);
  }

private:
  void take(xmpp::Dial&) {
    stream_ = StreamId{++streams_};
    lab_.open(*this, *stream_, {control_, 5269});
  }
  void take(xmpp::HangUp&) {
    if (stream_) lab_.close(*this, *stream_);
    stream_.reset();
  }
  void take(xmpp::Send& send) {
    if (stream_) lab_.write(*this, *stream_, send.bytes);
  }
  void take(xmpp::Up&) { ++ups; }
  void take(xmpp::Down&) {
    ++downs;
    told.clear();
  }
  void take(xmpp::EndOfRib&) {
    ++ends_of_rib;
    end_of_rib_at = lab_.now;
  }
  void take(xmpp::Items& items) {
    ++messages;
    for (const auto& item : *items.items)
      told[{std::string{items.instance}, items.family}][xmpp::id_of(*item)] = *item;
  }
  void take(xmpp::Retracts& retracts) {
    ++messages;
    for (const auto& id : retracts.ids) told[{retracts.instance, retracts.family}].erase(id);
  }

  Lab& lab_;
  IpAddr address_;
  Ip4 control_;
  std::optional<StreamId> stream_;
  std::uint32_t streams_ = 0;
};

// A BGP router that is not a control node: a session, and what it has been told.
class Router : public Host {
public:
  Router(Lab& lab, const char* address, Ip4 control, std::vector<Family> families,
         Asn as = Asn{64512})
      : Router{lab, control, speaks(as, ip(address), std::move(families))} {}
  Router(Lab& lab, Ip4 control, bgp::SessionConfig config)
      : session{config, pool_},
        lab_{lab},
        address_{config.router_id},
        control_{control},
        as_{config.local_as},
        internal_{config.local_as == config.peer_as} {}

  static bgp::SessionConfig speaks(Asn as, Ip4 id, std::vector<Family> families) {
    bgp::SessionConfig out;
    out.local_as = as;
    out.router_id = id;
    out.peer_as = Asn{64512};
    out.families = std::move(families);
    return out;
  }

  AttributePool pool_;
  bgp::Session session;
  std::map<std::pair<Family, std::string>, bgp::Reach> routes;
  std::map<std::pair<Family, std::string>, AttributesRef> attributes;
  std::set<Family> ended;
  unsigned withdrawals = 0, ups = 0, downs = 0;
  std::vector<bgp::Refresh> refreshes;
  std::function<void()> at_up;  // says what it always says

  std::vector<std::string> keys(Family family) const {
    std::vector<std::string> out;
    for (const auto& [key, reach] : routes)
      if (key.first == family) out.push_back(key.second);
    return out;
  }
  void send(const bgp::Update& update) {
    session.send(lab_.now, update);
    drain();
  }
  void announce(const Nlri& nlri, Family family, Attributes set, std::uint32_t label = 0) {
    if (internal_)
      set.local_pref = set.local_pref.value_or(100);
    else if (set.as_path.empty())
      set.as_path.prepend(as_);
    if (set.next_hop.zero()) set.next_hop = address_;
    bgp::Update update;
    update.family = family;
    update.attributes = pool_.intern(std::move(set));
    update.reach = {{nlri, label}};
    send(update);
  }
  void withdraw(const Nlri& nlri, Family family) {
    bgp::Update update;
    update.family = family;
    update.unreach = {nlri};
    send(update);
  }
  void end_of_rib(Family family) {
    bgp::Update update;
    update.family = family;
    update.end_of_rib = true;
    send(update);
  }
  void want(const char* rt, std::uint32_t origin = 64512) {
    announce(TargetRoute{Asn{origin}, target(rt)}, Family::route_target, {});
  }
  void unwant(const char* rt, std::uint32_t origin = 64512) {
    withdraw(TargetRoute{Asn{origin}, target(rt)}, Family::route_target);
  }
  void raw(SharedBytes bytes) { lab_.write(*this, *stream_, std::move(bytes)); }

  IpAddr address() const override { return address_; }
  void start() override { session.start(lab_.now); }
  void stop() {
    session.stop(lab_.now, {});
    drain();
  }
  std::optional<StreamId> accepted(Endpoint, Endpoint) override { return {}; }
  void opened(StreamId stream, Endpoint) override {
    if (stream == stream_) session.on_transport_up(lab_.now);
  }
  void bytes(StreamId stream, Bytes bytes) override {
    if (stream == stream_) session.on_bytes(lab_.now, bytes);
  }
  void closed(StreamId stream) override {
    if (stream != stream_) return;
    stream_.reset();
    session.on_transport_down(lab_.now);
  }
  void timer() override { session.on_timer(lab_.now); }
  std::optional<Instant> next_timer() const override { return session.next_timer(); }
  void drain() override {
    while (auto output = session.poll_output())
      std::visit([this](auto& what) { take(what); }, *output);
  }

private:
  void take(bgp::Dial&) {
    stream_ = StreamId{++streams_};
    lab_.open(*this, *stream_, {control_, 179});
  }
  void take(bgp::HangUp&) {
    if (stream_) lab_.close(*this, *stream_);
    stream_.reset();
  }
  void take(bgp::Send& send) {
    if (stream_) lab_.write(*this, *stream_, send.bytes);
  }
  void take(bgp::Up&) {
    ++ups;
    if (at_up) at_up();
  }
  void take(bgp::Refresh& refresh) { refreshes.push_back(refresh); }
  void take(bgp::Down&) {
    ++downs;
    routes.clear();
    attributes.clear();
    ended.clear();
  }
  void take(bgp::Received& received) {
    const bgp::Heard& heard = received.heard;
    if (heard.end_of_rib) ended.insert(heard.family);
    heard.routes.each([&](const bgp::Reach& route) {
      const auto key = std::pair{heard.family, to_text(route.nlri)};
      if (heard.attributes) {
        routes[key] = route;
        attributes[key] = heard.attributes;
      } else {
        ++withdrawals;
        routes.erase(key);
        attributes.erase(key);
      }
    });
  }

  Lab& lab_;
  IpAddr address_;
  Ip4 control_;
  Asn as_;
  bool internal_;
  std::optional<StreamId> stream_;
  std::uint32_t streams_ = 0;
};

// What the article's agent says until coredns runs.
inline void say_what_the_article_says(Lab& lab, FakeAgent& agent) {
  agent.subscribe(fab, 1);
  agent.publish(fab, agent.inet("172.31.41.236/32", 16, {Encap::gre, Encap::udp, Encap::native}));
  agent.publish(fab, agent.mac("0e:92:cc:bd:aa:08", "0.0.0.0/32", 20));
  agent.publish(fab, agent.mac("0e:92:cc:bd:aa:08", "172.31.41.236/32", 20));
  agent.publish(fab, agent.broadcast(2));
  agent.publish(fab, agent.flood());
  lab.run_for(seconds(2));
  agent.subscribe(pod, 2);
  agent.publish(pod, agent.flood());
  agent.subscribe(svc, 3);
  agent.publish(svc, agent.flood());
  agent.publish(pod, agent.inet("10.47.255.252/32", 25));
  agent.publish(svc, agent.inet("10.96.0.10/32", 25));
  lab.run_for(seconds(2));
}

}  // namespace tflab::test
