#pragma once
// What both daemons have in common: a scenario file that is their configuration, signals, pages
// over HTTP, and telling whoever started them that they are ready.
//
// SIGHUP reads the file again; one that cannot be loaded changes nothing. SIGUSR1 reads the clock
// file again: the nanoseconds that the lab has skipped so far. SIGTERM and SIGINT say goodbye to
// the peers and end. /activity answers with "activity <n>", "next <nanoseconds to the next timer>",
// "skipped <nanoseconds>", "document <fingerprint>" and "taken" or "refused <why>", from which a
// lab knows whether the node has settled, what it waits for, and what it was told.

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control-core/introspect/tree.h"
#include "netns-lab/host/http_server.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/privileges.h"
#include "recording/file.h"
#include "scenarios/model.h"

namespace CLI {
class App;
}

namespace tflab::netns {

class DaemonNode {
public:
  virtual ~DaemonNode() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  virtual void wake() = 0;  // the clock was set forward: timers may be due
  virtual bool flushed() const = 0;
  virtual void configure(const scenario::Scenario& scenario, const std::string& name) = 0;
  virtual std::optional<introspect::Tree> page(const introspect::PageRequest& request) = 0;
  // Targets of HTTP that only this kind of node knows.
  virtual std::optional<HttpAnswer> answer(const std::string&) { return std::nullopt; }
  virtual std::uint64_t activity() const = 0;
  virtual std::optional<Instant> next_timer() const = 0;
  virtual std::uint16_t http_port() const = 0;
  virtual Keep keeps() const = 0;  // of root's rights, once it has started
};

struct DaemonKind {
  std::string program, what;  // "tflab-control", a sentence for --help
  std::function<std::vector<std::string>(const scenario::Scenario&)> nodes;  // names of its kind
  std::function<std::unique_ptr<DaemonNode>(boost::asio::io_context&, const Clock&,
                                            const scenario::Scenario&, const std::string& name,
                                            recording::File* tape)>
      make;
  std::function<void(CLI::App&)> options{};  // adds those of this kind alone
};

// The whole of main(): its exit code (2: usage or scenario, 4: environment).
int run_daemon(const DaemonKind& kind, int argc, char** argv);

}  // namespace tflab::netns
