#include "netns-lab/lab/update.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <thread>

#include "netns-lab/host/names.h"
#include "netns-lab/lab/build.h"
#include "scenarios/derive.h"
#include "scenarios/load.h"

namespace tflab::netns {
namespace {

using scenario::NodeRef;
using scenario::Scenario;

constexpr auto taking_time = std::chrono::seconds{10};

bool among(const Spaces& spaces, const std::string& node) {
  return std::ranges::any_of(spaces, [&](const Space* space) { return space->node == node; });
}

// Whether this node would be told something else than it knows.
bool told_anew(const std::string& node, const Scenario& before, const Scenario& after) {
  const auto ref = node_of(node);
  if (!ref) return false;
  if (ref->kind == NodeRef::control_node || ref->kind == NodeRef::router)
    return !(control_node(before, ref->name) == control_node(after, ref->name));
  if (ref->kind == NodeRef::vrouter)
    return !(vrouter(before, ref->name) == vrouter(after, ref->name));
  return false;
}

std::optional<Scenario> standing_scenario(const std::string& lab) {
  if (!std::filesystem::exists(document_of(lab))) return {};
  auto loaded = scenario::load(document_of(lab).string(), {.standing = true});
  if (auto* scenario = std::get_if<Scenario>(&loaded)) return std::move(*scenario);
  return {};
}

class Updater {
public:
  Updater(State& state, const Scenario& scenario, bool revive, Ground& ground)
      : state_{state},
        scenario_{scenario},
        ground_{ground},
        revive_{revive},
        before_{state.plan},
        after_{ground.placed(
            scenario,
            plan(scenario, state.lab,
                 {document_of(state.lab).string(), clock_of(state.lab).string()}, before_))},
        difference_{difference(before_, after_)} {}

  Changes run() {
    find_dead();
    const auto old = standing_scenario(state_.lab);
    const Spaces told = told_spaces(old);
    const Changes changes = describe(told);
    refuse_foreign(new_names());
    write_down();
    remove_replaced();
    ground_.make(difference_.made, ownership_mark(state_.lab));
    for (const Space* space : difference_.rerouted)
      ground_.change_routes(*find(before_, space->node), *space);
    ground_.write(document_of(state_.lab), scenario_.document.dump(1));
    start_missing();
    tell(told);
    remove_gone();
    finish();
    return changes;
  }

private:
  // Daemons that died by themselves are restarted: the plan says they live.
  void find_dead() {
    for (const Space& space : after_) {
      if (space.program.empty()) continue;
      const auto known = state_.programs.find(space.node);
      const bool lives = known != state_.programs.end() && ground_.alive({&space, known->second});
      const bool wanted = revive_ || !std::ranges::count(state_.stopped, space.node);
      if (wanted && (!lives || among(difference_.made, space.node))) missing_.push_back(&space);
    }
  }

  Spaces told_spaces(const std::optional<Scenario>& old) const {
    Spaces told;
    for (const Space& space : after_) {
      if (space.http == 0 || among(missing_, space.node) || !state_.programs.contains(space.node))
        continue;
      if (!old || told_anew(space.node, *old, scenario_)) told.push_back(&space);
    }
    return told;
  }

  Changes describe(const Spaces& told) const {
    Changes changes;
    std::set<std::string> changed;
    for (const Space* space : difference_.made)
      if (find(before_, space->node))
        changed.insert(space->node);
      else
        changes.added.push_back(space->node);
    for (const Spaces* spaces : {&difference_.rerouted, &told, &missing_})
      for (const Space* space : *spaces)
        if (find(before_, space->node)) changed.insert(space->node);
    for (const Space* space : difference_.gone)
      if (!find(after_, space->node)) changes.removed.push_back(space->node);
    changes.changed.assign(changed.begin(), changed.end());
    return changes;
  }

  Spaces new_names() const {
    Spaces names;
    for (const Space* space : difference_.made)
      if (!find(before_, space->node)) names.push_back(space);
    return names;
  }

  // Old and new together: whoever cleans up after us must know both.
  void write_down() {
    state_.changing = self();
    state_.plan = after_;
    for (const Space* space : difference_.gone)
      if (!find(after_, space->node)) state_.plan.push_back(*space);
    save(state_);
  }

  void end(const Spaces& spaces) {
    std::vector<Program> programs;
    for (const Space* space : spaces)
      if (const auto at = state_.programs.find(space->node); at != state_.programs.end()) {
        programs.push_back({space, at->second});
        state_.programs.erase(at);
      }
    ground_.stop_programs(programs);
    ground_.take_away(spaces);
  }

  void remove_replaced() {
    Spaces replaced;
    for (const Space* space : difference_.gone)
      if (find(after_, space->node)) replaced.push_back(space);
    if (!replaced.empty()) end(replaced);
  }

  // Control nodes listen before agents dial.
  void start_missing() {
    for (const bool listens : {true, false}) {
      Spaces now;
      for (const Space* space : missing_)
        if ((space->http != vrouter_http) == listens) now.push_back(space);
      for (const auto& [node, process] : ground_.start_programs(now, state_.lab)) {
        state_.programs[node] = process;
        std::erase(state_.stopped, node);
      }
    }
  }

  void tell(const Spaces& told) {
    for (const Space* space : told) ground_.signal(program_of(*space), SIGHUP);
    for (const Space* space : told) await_taken(*space);
  }

  void await_taken(const Space& space) const {
    const std::string wanted = hex(fingerprint(scenario_.document.dump(1)));
    const auto deadline = std::chrono::steady_clock::now() + taking_time;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto now = activity_from(ground_.get(space, "/activity"));
      if (now && now->document == wanted && now->taken) return;
      if (now && now->document == wanted)
        throw std::runtime_error{"cannot configure " + space.node + ":" + now->why};
      if (!ground_.alive(program_of(space))) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    throw std::runtime_error{"cannot configure " + space.node + ": it does not answer; " +
                             ground_.log_tail(space, state_.lab)};
  }

  Program program_of(const Space& space) const { return {&space, state_.programs.at(space.node)}; }

  void remove_gone() {
    Spaces gone;
    for (const Space* space : difference_.gone)
      if (!find(after_, space->node)) gone.push_back(space);
    if (!gone.empty()) end(gone);
    std::erase_if(state_.stopped, [&](auto& node) { return !find(after_, node); });
  }

  void finish() {
    state_.plan = after_;
    state_.changing.reset();
    state_.scenario_file = scenario_.file;
    save(state_);
  }

  State& state_;
  const Scenario& scenario_;
  Ground& ground_;
  bool revive_;
  Plan before_, after_;
  Difference difference_;
  Spaces missing_;
};

}  // namespace

Changes update(State& state, const Scenario& scenario, bool revive, Ground& ground) {
  return Updater{state, scenario, revive, ground}.run();
}

void raze(const std::string& lab, Ground& ground) {
  std::optional<State> state;
  try {
    state = load_state(lab);
  } catch (const std::runtime_error&) {
    // Not ours to read (another version's): its namespaces carry the mark and are found by it.
  }
  if (state) {
    state->changing = self();
    save(*state);
    std::vector<Program> programs;
    for (const auto& [node, process] : state->programs)
      if (const Space* space = find(state->plan, node)) programs.push_back({space, process});
    ground.stop_programs(programs);
    ground.take_away(all_of(state->plan));
  }
  forget(lab);
}

}  // namespace tflab::netns
