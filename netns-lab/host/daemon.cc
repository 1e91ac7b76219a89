#include "netns-lab/host/daemon.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <variant>

#include "control-core/introspect/query.h"
#include "control-core/introspect/xml_out.h"
#include "netns-lab/host/http_server.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/names.h"
#include "netns-lab/host/privileges.h"
#include "netns-lab/host/readiness.h"
#include "scenarios/load.h"

namespace tflab::netns {
namespace {

using boost::asio::steady_timer;
using Error = boost::system::error_code;
using scenario::Scenario;

constexpr auto farewell = std::chrono::seconds{2};
constexpr auto look_every = std::chrono::milliseconds{5};

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

struct Options {
  std::string scenario, node, clock;  // no clock file: nothing is ever skipped
  std::string record;                 // no file: nothing is recorded
};

// Which node we are, when that is not said: the only one.
void choose_node(const DaemonKind& kind, const Scenario& scenario, Options& options,
                 std::string& why) {
  const std::vector<std::string> nodes = kind.nodes(scenario);
  if (options.node.empty() && nodes.size() == 1) options.node = nodes.front();
  if (std::ranges::find(nodes, options.node) != nodes.end()) return;
  why = options.scenario + ": has " + std::to_string(nodes.size()) + " nodes of this kind";
  for (const std::string& name : nodes) why += (&name == &nodes.front() ? ": " : ", ") + name;
  why += options.node.empty() ? "; say which with --node"
                              : "; none is called \"" + options.node + "\"";
}

// One try at reading the configuration.
struct Reading {
  std::string document{};              // fingerprint of what was read
  std::optional<Scenario> scenario{};  // nothing: refused
  std::string why{};
};

Reading read_configuration(const DaemonKind& kind, Options& options) {
  Reading reading{.document = hex(fingerprint(content_of(options.scenario)))};
  auto loaded = scenario::load(options.scenario, {.standing = true});
  if (const auto* faults = std::get_if<std::vector<scenario::Fault>>(&loaded)) {
    for (const scenario::Fault& fault : *faults)
      reading.why += (reading.why.empty() ? "" : "; ") + to_text(fault);
  } else {
    auto& scenario = std::get<Scenario>(loaded);
    choose_node(kind, scenario, options, reading.why);
    if (reading.why.empty()) reading.scenario = std::move(scenario);
  }
  return reading;
}

class Daemon {
public:
  Daemon(const DaemonKind& kind, const Options& options, Reading reading)
      : kind_{kind},
        options_{options},
        tape_{options.record.empty() ? nullptr : std::make_unique<recording::File>(options.record)},
        node_{kind.make(io_, clock_, *reading.scenario, options.node, tape_.get())},
        reading_{std::move(reading)},
        http_{io_, node_->http_port(),
              [this](const std::string& target) { return answer(target); }} {}

  void run() {
    signals_.add(SIGUSR1);
    read_clock();
    node_->start();
    await_signal();
    become_nobody();
    tell_ready();
    io_.run();
  }

private:
  // The folder is entered first: nobody may not be allowed to walk there.
  void become_nobody() {
    namespace fs = std::filesystem;
    if (::geteuid() != 0) return;
    const fs::path scenario = fs::absolute(options_.scenario);
    if (!options_.clock.empty()) {
      const fs::path clock = fs::absolute(options_.clock);
      options_.clock = clock.parent_path() == scenario.parent_path() ? clock.filename() : clock;
    }
    fs::current_path(scenario.parent_path());
    options_.scenario = scenario.filename();
    give_up_root(node_->keeps());
  }

  void await_signal() {
    signals_.async_wait([this](const Error& error, int number) {
      if (error) return;
      if (number == SIGHUP)
        reload();
      else if (number == SIGUSR1)
        set_clock();
      else if (!ending_)
        end();
      await_signal();
    });
  }

  void reload() {
    Reading next = read_configuration(kind_, options_);
    if (next.scenario) configure(next);
    if (!next.why.empty())
      std::cerr << kind_.program << ": configuration kept as it was: " << next.why << std::endl;
    reading_ = std::move(next);
  }

  void configure(Reading& next) {
    try {
      node_->configure(*next.scenario, options_.node);
    } catch (const std::exception& failure) {
      next.why = failure.what();
    }
  }

  void set_clock() {
    read_clock();
    node_->wake();
  }

  void read_clock() {
    if (options_.clock.empty()) return;
    clock_.skip_to({std::strtoll(content_of(options_.clock).c_str(), nullptr, 10)});
  }

  // Goodbyes are sent, not waited for: a peer that does not read gets two seconds.
  void end() {
    ending_ = true;
    node_->stop();
    deadline_ = steady_timer::clock_type::now() + farewell;
    leave_when_flushed();
  }

  void leave_when_flushed() {
    if (node_->flushed() || steady_timer::clock_type::now() > deadline_) return io_.stop();
    leaving_.expires_after(look_every);
    leaving_.async_wait([this](const Error&) { leave_when_flushed(); });
  }

  HttpAnswer answer(const std::string& target) {
    if (target == "/activity") return {200, "text/plain", activity_text()};
    if (auto own = node_->answer(target)) return *std::move(own);
    auto request = introspect::parse_url(target);
    if (!request || !target.starts_with("/Snh_")) return {404, "text/plain", "no such page\n"};
    request->now = clock_.now();
    request->utc_ns_at_zero = clock_.utc_ns_at_zero();
    const auto page = node_->page(*request);
    if (!page) return {404, "text/plain", "no such page\n"};
    return {200, "text/xml", introspect::to_xml(*page)};
  }

  std::string activity_text() const {
    const std::string verdict = reading_.why.empty() ? "taken" : "refused " + reading_.why;
    const auto next = node_->next_timer();
    return "activity " + std::to_string(node_->activity()) +
           (next ? "\nnext " + std::to_string((*next - clock_.now()).ns) : "") + "\nskipped " +
           std::to_string(clock_.skipped().ns) + "\ndocument " + reading_.document + "\n" +
           verdict + "\n";
  }

  const DaemonKind& kind_;
  Options options_;
  Clock clock_;
  boost::asio::io_context io_{1};
  std::unique_ptr<recording::File> tape_;
  std::unique_ptr<DaemonNode> node_;
  Reading reading_;
  HttpServer http_;
  boost::asio::signal_set signals_{io_, SIGTERM, SIGINT, SIGHUP};
  steady_timer leaving_{io_};
  steady_timer::time_point deadline_;
  bool ending_ = false;
};

int serve(const DaemonKind& kind, Options options) {
  Reading reading = read_configuration(kind, options);
  if (!reading.scenario) {
    std::cerr << kind.program << ": " << reading.why << std::endl;
    return 2;
  }
  try {
    Daemon{kind, options, std::move(reading)}.run();
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << kind.program << ": " << failure.what() << std::endl;
    return 4;
  }
}

}  // namespace

int run_daemon(const DaemonKind& kind, int argc, char** argv) {
  CLI::App app{kind.what, kind.program};
  Options options;
  app.add_option("--config", options.scenario,
                 "Scenario file that holds the node; read again on SIGHUP")
      ->required();
  app.add_option("--node", options.node,
                 "Name of the node in that file; may be left out when it has only one");
  app.add_option("--clock", options.clock,
                 "File with the nanoseconds to run ahead of the clock; read again on SIGUSR1");
  app.add_option("--record", options.record,
                 "Write everything that goes in and out to this file; play it with tflab replay");
  if (kind.options) kind.options(app);
  app.set_version_flag("--version", kind.program + " " TFLAB_VERSION);
  app.footer(
      "Stays in the foreground and writes to standard error. SIGHUP: read the file again; what "
      "did\n"
      "not change keeps running, a file with a mistake changes nothing. SIGTERM: say goodbye to "
      "the\n"
      "peers and end. Exit codes: 0 ended by a signal, 2 usage or configuration, 4 environment.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  ::signal(SIGPIPE, SIG_IGN);
  return serve(kind, options);
}

}  // namespace tflab::netns
