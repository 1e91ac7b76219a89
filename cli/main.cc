// The command line: verbs and flags (CLI11), dispatch, and errors to exit codes.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <iostream>

#include "cli/bench.h"
#include "cli/completion.h"
#include "cli/diff.h"
#include "cli/doctor.h"
#include "cli/exit_code.h"
#include "cli/graph_verb.h"
#include "cli/lab_verbs.h"
#include "cli/options.h"
#include "cli/record.h"
#include "cli/replay.h"
#include "cli/run.h"
#include "cli/show.h"
#include "cli/signals.h"
#include "cli/sweep.h"
#include "cli/trace.h"
#include "cli/version.h"
#include "cli/what_if.h"
#include "scenarios/schema.h"

namespace tflab::cli {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 every must holds; 1 a must failed; 2 usage or scenario error; 3 with --strict "
    "a\n"
    "should failed; 4 the machine lacks something; 5 time limit; 6 hosts disagree; 7 no "
    "expectation\n"
    "was run; 70 our own fault; 77 skipped; 130/143 interrupted and cleaned up.";

using Action = std::function<int(const Options&)>;

// What CLI11 fills in as text and we turn into types.
struct Raw {
  std::string on, timeout, listen;
};

void common_flags(CLI::App& verb, Options& options, Raw& raw) {
  verb.add_option("-f,--format", options.format, "table, json, csv or jsonl")
      ->check(CLI::IsMember({"table", "json", "csv", "jsonl"}))
      ->capture_default_str();
  verb.add_option("-o,--output", options.output, "write the answer to a file");
  verb.add_flag("-q,--quiet", options.quiet, "only errors and what was asked for");
  verb.add_flag("-v,--verbose", options.verbose, "say more");
  verb.add_option("--progress", options.progress, "auto, plain, json or none (on standard error)")
      ->check(CLI::IsMember({"auto", "plain", "json", "none"}));
  verb.add_option("--color", options.color, "auto, always or never (NO_COLOR is respected)")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  verb.add_option("--only", options.only,
                  "only what matches this glob (expectations, and what others wait for)");
  verb.add_option("--except", options.except, "not what matches this glob");
  verb.add_option("--set", options.sets, "/json/pointer=value, over the scenario file");
  verb.add_option("--overlay", options.overlays, "a file merged over the scenario (RFC 7386)");
  verb.add_option("--on", raw.on, "hosts, with commas between: sim, netns, kernel");
  verb.add_option("--seed", options.seed, "instead of the scenario's");
  verb.add_option("--repeat", options.repeat, "runs with seed, seed+1, ...")
      ->check(CLI::PositiveNumber);
  verb.add_option("--timeout", raw.timeout, "stop after this wall time (30s, 5m): exit 5");
  verb.add_flag("--keep", options.keep, "leave the lab standing after the run");
  verb.add_flag("--strict", options.strict, "a failed should counts: exit 3");
  verb.add_option("--results", options.results, "where run folders go")
      ->envname("TFLAB_RESULTS")
      ->capture_default_str();
}

scenario::HostKind host_called(const std::string& word) {
  using scenario::HostKind;
  for (const HostKind kind : {HostKind::sim, HostKind::netns, HostKind::kernel})
    if (word == host_name(kind)) return kind;
  throw UsageError{"--on knows sim, netns and kernel, not \"" + word + "\""};
}

void parse_raw(const Raw& raw, Options& options) {
  if (!raw.timeout.empty()) options.timeout_s = parse_duration_s(raw.timeout);
  if (!raw.listen.empty()) options.for_s = parse_duration_s(raw.listen);
  std::string word;
  for (char c : raw.on + ",") {
    if (c != ',') {
      word += c;
      continue;
    }
    if (!word.empty()) options.on.push_back(host_called(word));
    word.clear();
  }
}

class CommandLine {
public:
  CommandLine()
      : app_{"tflab: Tungsten Fabric networks, simulated and emulated from one scenario file",
             "tflab"} {
    app_.footer(exit_codes);
    app_.require_subcommand(0, 1);
    app_.set_version_flag("--version", version_text());
    build();
  }

  int run(int argc, char** argv) {
    const std::vector<std::string> words{argv, argv + argc};
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error, std::cout, std::cerr);
      return code == 0 ? all_hold : usage_error;
    }
    if (!action_) {
      std::cout << app_.help();
      return usage_error;
    }
    parse_raw(raw_, options_);
    argv_ = words;
    return action_(options_);
  }

private:
  static std::string version_text() {
    return "tflab " + std::string{version} + " (" + std::string{commit} + ")";
  }

  CLI::App& verb(const std::string& name, const std::string& about, Action action,
                 const std::string& alias = {}) {
    CLI::App& verb = *app_.add_subcommand(name, about);
    if (!alias.empty()) verb.alias(alias);
    common_flags(verb, options_, raw_);
    verb.callback([this, action = std::move(action)] { action_ = action; });
    return verb;
  }

  void files(CLI::App& verb) {
    verb.add_option("FILE", options_.files, "scenario files")->required();
  }
  void file(CLI::App& verb) {
    verb.add_option("FILE", options_.files, "scenario file")->required()->expected(1);
  }
  void jobs(CLI::App& verb) {
    verb.add_option("--jobs", options_.jobs, "runs at a time (default: one a processor)")
        ->check(CLI::PositiveNumber);
  }
  void name(CLI::App& verb,
            const std::string& about = "name of a lab; may be left out when there is one") {
    verb.add_option("NAME", options_.name, about);
  }
  void lab(CLI::App& verb) {
    verb.add_option("--lab", options_.name, "name of a lab; may be left out when there is one");
  }

  // Pages of a lab, or of a run.
  void looks_at(CLI::App& verb) {
    lab(verb);
    verb.add_option("--of", options_.of, "only this node (glob)");
    verb.add_option("--run", options_.run_folder,
                    "a finished run's folder (default: the newest, when no lab stands)");
    verb.add_option("--host", raw_.on,
                    "which host's tables of a finished run: sim, netns or kernel");
  }

  void build() {
    CLI::App& run_verb =
        verb("run", "bring up, events, expectations, tear down; on every host of the scenario",
             [this](const Options& o) { return cli::run(o, argv_); });
    files(run_verb);
    run_verb.add_flag(
        "--record", options_.record,
        "sim: write what goes in and out of each node to recordings/ in the run's folder");
    run_verb
        .add_option("--fidelity", options_.fidelity,
                    "sim: sessions over simulated TCP, or message by message")
        ->check(CLI::IsMember({"tcp", "message"}));
    CLI::App& other = verb(
        "what-if", "the scenario as it is and as it would be with --set, in one table", what_if);
    file(other);
    other.add_option("--both", options_.both, "/json/pointer=value, over both runs");
    jobs(other);
    CLI::App& many = verb(
        "sweep", "a grid of values and seeds on all processors; goes on where it stopped", sweep);
    file(many);
    many.add_option("--vary", options_.vary, "/json/pointer=value,value,...; several make a grid");
    many.add_option("--seeds", options_.seeds, "runs of each point, with seed, seed+1, ...")
        ->check(CLI::PositiveNumber);
    jobs(many);
    CLI::App& drawn = verb(
        "graph", "the scenario for Graphviz: tflab graph FILE | dot -Tsvg > network.svg", graph);
    file(drawn);
    drawn
        .add_option("--type", options_.type,
                    "topology: nodes, machines, underlay; bgp: sessions, XMPP included; rt: "
                    "networks, the targets they export, the nodes that import them")
        ->check(CLI::IsMember({"topology", "bgp", "rt"}))
        ->capture_default_str();
    drawn.footer("-f json: nodes and edges as JSON instead.");
    CLI::App& compare =
        verb("diff", "where two finished runs differ: exit 0 nowhere, 1 somewhere", diff);
    compare.add_option("RUN", options_.words, "folders of two runs")->required()->expected(2);
    compare.footer(
        "Compared host by host: digest, tables and forwarding entries (without ages and "
        "timestamps;\n"
        "numbers of nexthops by what they mean, at most 200 differences), expectations, metrics,\n"
        "and the first event that differs (its time only on sim).");
    files(verb("lint", "check scenario files; needs no root", lint));
    file(verb("expand", "print the scenario with includes, overlays, sets and variables worked out",
              expand));

    CLI::App& up =
        verb("deploy", "bring a scenario up in namespaces and leave it standing", deploy, "up");
    file(up);
    up.add_option("--name", options_.name, "name of the lab (default: the scenario's)");
    name(verb("destroy", "take a lab down", destroy, "down"));
    verb("clean", "take away what labs that died left behind: only what carries our mark", clean)
        .add_flag("--all", options_.all, "every lab of ours, the living ones too");
    name(verb("status", "labs that stand", status));
    name(verb("verify", "run the expectations of a standing lab now", verify));

    CLI::App& happen = verb("event", "perform events of the scenario on a standing lab", event);
    lab(happen);
    happen.add_option("EVENT", options_.words, "ids of events, in order")->required();

    CLI::App& look =
        verb("show", "pages of a lab or a finished run, in ist.py's grammar", show_verb);
    looks_at(look);
    look.allow_extras();
    std::string grammar = "WORDS are one of:";
    for (const ShowVerb& words : show_verbs())
      grammar += "\n  " + std::string{words.words} +
                 std::string(words.words.size() < 15 ? 15 - words.words.size() : 1, ' ') +
                 std::string{words.about};
    look.footer(grammar);
    look.callback([this, &look] {
      options_.words = look.remaining();
      action_ = show_verb;
    });

    CLI::App& why =
        verb("explain",
             "why a route is as it is: who brought it, by which target, why it is not best, who "
             "is told and why others are not",
             explain_verb);
    looks_at(why);
    why.add_option("ROUTE", options_.words, "TABLE PREFIX, as `show route show` prints them")
        ->required()
        ->expected(2);

    CLI::App& run_in = verb("exec", "run a command inside a node's namespace", exec);
    lab(run_in);
    run_in.add_option("NODE", options_.of, "node")->required();
    run_in.add_option("CMD", options_.words, "command, after --")->required();
    CLI::App& shell = verb("connect", "a shell inside a node's namespace", exec);
    lab(shell);
    shell.add_option("NODE", options_.of, "node")->required();

    CLI::App& look_at = verb(
        "capture", "write what crosses a node's interface to a pcap file until Ctrl-C", capture);
    lab(look_at);
    look_at.add_option("NODE", options_.of, "NODE or NODE/INTERFACE (default eth0)")->required();
    look_at.add_option("FILTER", options_.words, "pcap filter");
    look_at.add_option("-w", options_.output, "file to write")->required();

    CLI::App& again = verb("replay",
                           "play cases, recordings of nodes and captures of BGP and XMPP again; "
                           "cases with --on kernel "
                           "through vrouter.ko in a VM",
                           replay);
    again
        .add_option("FILE", options_.files,
                    "folders of cases, recordings (events.jsonl), captures (pcap, pcapng, gz; -)")
        ->required();
    again.add_option("--port", options_.ports, "captures: also listen to this TCP port");
    again.add_flag("--update", options_.update,
                   "cases: show the difference, then take what came as what is expected");

    CLI::App& walk =
        verb("trace", "one frame of a case on its way through the forwarding core, stage by stage",
             trace);
    walk.add_option("FOLDER", options_.name, "the case")->required();
    walk.add_option("FRAME", options_.words, "its number in the capture (default: 1)")->expected(1);

    CLI::App& keep =
        verb("record",
             "make a case of the forwarding core from a vRouter of a standing lab, or from a "
             "capture and a vrouter's recording",
             record);
    keep.add_option("FOLDER", options_.folder, "the case: a folder that is not there yet")
        ->required();
    lab(keep);
    auto* node = keep.add_option("--node", options_.of, "vRouter of the lab that writes it down");
    keep.add_option("--for", raw_.listen, "how long (default: 5s); Ctrl-C ends it before")
        ->needs(node);
    auto* tables =
        keep.add_option("--tables", options_.tables, "recording of the vrouter (events.jsonl)");
    auto* capture =
        keep.add_option("--capture", options_.capture, "what came in (pcap, pcapng, gz)");
    tables->needs(capture)->excludes(node);
    capture->needs(tables);
    keep.add_option("--vif", options_.vif,
                    "number of the interface it came in on, where the "
                    "capture does not name it vif<number>");

    CLI::App& measure = verb("bench", "how fast we are, beside a yardstick of the same run", bench);
    measure
        .add_option("BENCH", options_.name,
                    "control, forwarding, kernel, netns, ovs, replay, sim or uml")
        ->required();
    measure.add_flag("--quick", options_.quick, "control: small, and without goals of time");
    measure.add_flag("--instructions", options_.counts_only,
                     "forwarding, replay: only instructions of a packet, counted by callgrind");
    measure.add_flag("--calibrate", options_.calibrate,
                     "control: only what a message costs here, as \"cpu\" of a scenario");

    verb("doctor", "what this machine has and lacks", doctor);
    verb("schema", "print the JSON schema of scenario files", [](const Options&) {
      std::cout << scenario::schema_text();
      return int{all_hold};
    });
    verb("version", "which tflab this is", [](const Options&) {
      std::cout << version_text() << '\n';
      return int{all_hold};
    });
    CLI::App& complete =
        verb("completion", "completion script for bash, zsh or fish", [this](const Options& o) {
          std::cout << completion(o.name, verb_names(), flag_names());
          return int{all_hold};
        });
    complete.add_option("SHELL", options_.name, "bash, zsh or fish")->required();
  }

  std::vector<std::string> verb_names() {
    std::vector<std::string> names{"test"};
    for (const CLI::App* verb : app_.get_subcommands(nullptr)) names.push_back(verb->get_name());
    return names;
  }
  std::vector<std::string> flag_names() {
    std::vector<std::string> names;
    for (const CLI::Option* option : app_.get_subcommand("run")->get_options())
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
  }

  CLI::App app_;
  Options options_;
  Raw raw_;
  Action action_;
  std::vector<std::string> argv_;
};

int guarded(int argc, char** argv) {
  try {
    return CommandLine{}.run(argc, argv);
  } catch (const UsageError& error) {
    std::cerr << "tflab: " << error.message << '\n';
    return usage_error;
  } catch (const EnvironmentError& error) {
    std::cerr << "tflab: " << error.message << '\n';
    return environment_error;
  } catch (const std::logic_error& error) {
    std::cerr << "tflab: our own fault: " << error.what()
              << "\nplease report it with the run's folder\n";
    return own_fault;
  } catch (const std::exception& error) {  // the operating system said no
    if (const int signal = stop_signal()) return signal == SIGTERM ? terminated : interrupted;
    std::cerr << "tflab: " << error.what() << '\n';
    return environment_error;
  }
}

}  // namespace
}  // namespace tflab::cli

int main(int argc, char** argv) {
  tflab::cli::watch_signals();
  return tflab::cli::guarded(argc, argv);
}
