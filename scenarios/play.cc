// The player: a list of items (events and expectations), each waiting for a time or for another
// item; and a clock that only the lab moves. At one moment expectations go before events, so that
// they see the state the event is about to change; among themselves the order of the file holds.

#include "scenarios/play.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "scenarios/act.h"
#include "scenarios/checks.h"
#include "scenarios/names.h"
#include "scenarios/observe.h"
#include "scenarios/steps.h"
#include "scenarios/suggest.h"
#include "scenarios/units.h"

namespace tflab::scenario {
namespace {

struct Item {
  const Event* event = nullptr;  // one of the two
  const Expectation* expectation = nullptr;
  std::size_t finding = 0;  // index, of an expectation
  enum State : std::uint8_t { waiting, under_way, trying, holding, done } state = waiting;
  // under_way: an event of several steps, some of which are left.
  // trying: `within` has begun and it has not held yet. holding: it has, or it is an `always` or
  // `never`, and is looked at again after every event and at the end.
  std::optional<Instant> done_at;  // for those that wait for it
  Instant deadline{};              // of a `within`
  std::deque<Step> steps;          // under_way: those left
  std::string broken;              // holding: since when it does not hold, in words
  Instant broken_at{};

  const Trigger& when() const { return event != nullptr ? event->when : expectation->when; }
  const std::string& id() const { return event != nullptr ? event->id : expectation->id; }
};

class Player {
public:
  Player(const Scenario& scenario, Lab& lab, const Watch& watch)
      : original_{scenario}, now_{scenario}, lab_{lab}, watch_{watch} {
    out_.host = lab.kind();
    if (lab.kind() == HostKind::sim) down_ = started_by_events(scenario);
    for (const Expectation& expectation : original_.expectations) {
      out_.findings.push_back(blank(expectation, out_.host));
      Finding& finding = out_.findings.back();
      Item item;
      item.expectation = &expectation;
      item.finding = out_.findings.size() - 1;
      finding.got = same_as(expectation) ? "not compared" : not_for(expectation, out_.host);
      if (!finding.got.empty()) {
        item.state = Item::done;
        item.done_at = Instant{};
      }
      items_.push_back(item);
    }
    for (const Event& event : original_.events) {
      Item item;
      item.event = &event;
      items_.push_back(item);
    }
  }

  Outcome run() {
    while (!interrupted() && lab_.now() <= end() && turn()) {
    }
    if (original_.run.stop_when == StopWhen::converged) settle();
    if (original_.run.stop_when == StopWhen::never) move_to(end());
    finish();
    return std::move(out_);
  }

private:
  Instant end() const { return Instant{} + original_.run.until; }

  bool interrupted() {
    if (!out_.interrupted && watch_.stop && watch_.stop()) out_.interrupted = true;
    return out_.interrupted;
  }
  void tell(const char* phase) {
    if (watch_.progress) watch_.progress(phase, out_, lab_.now());
  }

  // One thing at a time: what is due now, else a step for those who try, else on to what is next.
  // False when nothing is left that could happen.
  bool turn() {
    if (Item* item = due()) {
      begin(*item);
      return true;
    }
    const bool trying =
        std::ranges::any_of(items_, [](const Item& i) { return i.state == Item::trying; });
    const auto next = next_due();
    if (trying) {
      step(next);
      try_again();
      return true;
    }
    if (!next || *next > end()) return false;
    tell("waiting");
    move_to(*next);
    return true;
  }

  const Item* item_of(const std::string& id) const {
    const auto found = std::ranges::find_if(items_, [&](const Item& i) { return i.id() == id; });
    return found == items_.end() ? nullptr : &*found;
  }

  // When a waiting item's turn comes; nothing while what it waits for is not done.
  std::optional<Instant> due_at(const Item& item) const {
    if (item.state == Item::under_way) return item.steps.front().at;
    const Trigger& when = item.when();
    if (when.after.empty()) {
      if (when.at) return Instant{} + *when.at;
      // An expectation without any time is one about the end; one with `within` counts from zero.
      const Expectation* e = item.expectation;
      if (e == nullptr || e->within || e->always || e->never) return Instant{};
      return {};
    }
    const Item* other = item_of(when.after);
    assert(other != nullptr);
    if (!other->done_at) return {};
    return *other->done_at + when.delay;
  }

  Item* due() {
    Item* first = nullptr;
    Instant first_at{};
    for (Item& item : items_) {
      if (item.state != Item::waiting && item.state != Item::under_way) continue;
      const auto at = due_at(item);
      if (!at || *at > lab_.now() || *at > end()) continue;
      if (first == nullptr || *at < first_at) {
        first = &item;
        first_at = *at;
      }
    }
    return first;
  }

  std::optional<Instant> next_due() const {
    std::optional<Instant> next;
    for (const Item& item : items_)
      if (item.state == Item::waiting || item.state == Item::under_way)
        if (const auto at = due_at(item); at && (!next || *at < *next)) next = at;
    return next;
  }

  // In virtual time a long wait goes in parts, so that somebody who wants to stop it can.
  void move_to(Instant until) {
    constexpr Duration part = seconds(5);
    while (lab_.now() < until && !interrupted()) {
      const Instant target =
          lab_.kind() == HostKind::sim ? std::min(until, lab_.now() + part) : until;
      const Instant before = lab_.now();
      lab_.advance(target);
      if (lab_.now() <= before) return;  // a lab that cannot move on
      tell("waiting");
    }
  }

  void step(std::optional<Instant> next) {
    tell("waiting for expectations");
    if (next && *next - lab_.now() <= last_step_)
      lab_.advance(*next);
    else
      last_step_ = lab_.step();
  }

  void begin(Item& item) {
    if (item.event != nullptr) return perform_event(item);
    const Expectation& expectation = *item.expectation;
    if (expectation.always || expectation.never) {
      item.state = Item::holding;
      item.done_at = lab_.now();
      if (lab_.now() > Instant{}) look_again(item, "when it began");
      return;
    }
    item.state = Item::trying;
    item.deadline = lab_.now() + expectation.within.value_or(Duration{});
    attempt(item);
  }

  Judged judged(const Item& item) {
    Judged judged = judge(item.expectation->check, now_, lab_, moments());
    // Hosts are compared by what all of them look at.
    const bool everywhere = item.expectation->on.empty();
    if (everywhere && !judged.ping.is_null()) out_.state.reachability[item.id()] = judged.ping;
    return judged;
  }

  // When each event was done, for those who count from it.
  Moments moments() const {
    Moments out;
    for (const Item& item : items_)
      if (item.event != nullptr && item.done_at) out.emplace(item.id(), *item.done_at);
    return out;
  }

  // One look of an expectation that has begun. The limit passes only after a look at or beyond it.
  void attempt(Item& item) {
    const bool last = lab_.now() >= item.deadline;
    const Judged found = judged(item);
    if (!found.holds && !last) return;
    const Expectation& expectation = *item.expectation;
    item.done_at = lab_.now();
    item.state = found.holds && expectation.within ? Item::holding : Item::done;
    settle_finding(item, found.holds, found.got);
  }

  void settle_finding(Item& item, bool holds, const std::string& got) {
    Finding& finding = out_.findings[item.finding];
    conclude(finding, *item.expectation, holds, got, lab_.now());
    happened(item.id(), std::string{to_text(finding.verdict)} + ": " + got);
  }

  void try_again() {
    // A look costs pages or pings; after a while a coarser rhythm tells as much.
    ++steps_;
    if (steps_ % (1 + steps_ / 100) != 0 && none_at_limit()) return;
    for (Item& item : items_)
      if (item.state == Item::trying) attempt(item);
    if (std::ranges::none_of(items_, [](const Item& i) { return i.state == Item::trying; }))
      steps_ = 0;
  }
  bool none_at_limit() const {
    return std::ranges::none_of(
        items_, [&](const Item& i) { return i.state == Item::trying && lab_.now() >= i.deadline; });
  }

  void happened(const std::string& id, std::string what) {
    out_.happenings.push_back({age(lab_.now()), id, std::move(what)});
  }

  void perform_event(Item& item) {
    if (item.state == Item::waiting) begin_event(item);
    item.state = Item::under_way;
    if (item.steps.front().at > lab_.now()) return;
    const Event& event = *item.event;
    Random random{now_.run.seed, "/events/" + event.id + '/' + std::to_string(item.steps.size())};
    const Step step = std::move(item.steps.front());
    item.steps.pop_front();
    const std::string what = act(event, step, {now_, lab_, down_, random});
    happened(event.id, what);
    if (!item.steps.empty()) return;
    item.state = Item::done;
    item.done_at = lab_.now();
    for (Item& other : items_)
      if (other.state == Item::holding && !sends_packets(*other.expectation))
        look_again(other, "after " + in_quotes(event.id));
  }

  void begin_event(Item& item) {
    tell(("event " + item.id()).c_str());
    for (Item& other : items_)  // those that are promised only until this event
      if (other.state == Item::holding && other.expectation->until == item.id()) {
        look_again(other, "just before " + in_quotes(item.id()));
        close(other);
      }
    item.steps = steps_of(*item.event, names_in(now_), now_.run.seed, lab_.now());
    if (item.steps.empty()) item.steps.push_back({lab_.now(), {}});
  }

  // `always` and `never` are broken for good by one look; a `within` may mend itself until the end.
  void look_again(Item& item, const std::string& when) {
    const Expectation& expectation = *item.expectation;
    const bool strict = expectation.always || expectation.never;
    if (strict && !item.broken.empty()) return;
    const Judged found = judged(item);
    if (found.holds != expectation.never) {
      item.broken.clear();
      if (strict) out_.findings[item.finding].got = found.got;
    } else if (item.broken.empty()) {
      item.broken = found.got + " (" + when + ", at " + to_text(age(lab_.now())) + ')';
      item.broken_at = lab_.now();
      if (strict) happened(item.id(), "broken: " + item.broken);
    }
  }

  void close(Item& item) {
    Finding& finding = out_.findings[item.finding];
    item.state = Item::done;
    if (!item.broken.empty()) {
      const bool held_once = !item.expectation->always && !item.expectation->never;
      conclude(finding, *item.expectation, false,
               (held_once ? "held first, then: " : "") + item.broken, item.broken_at);
      happened(item.id(), std::string{to_text(finding.verdict)} + ": " + finding.got);
    } else if (finding.verdict == Verdict::skipped) {
      conclude(finding, *item.expectation, true, finding.got.empty() ? "holds" : finding.got,
               lab_.now());
      happened(item.id(), std::string{to_text(finding.verdict)} + ": " + finding.got);
    }
  }

  // Counts of all tables and sessions that stay the same for a while.
  void settle() {
    constexpr unsigned quiet = 5;
    tell("settling");
    std::string last;
    for (unsigned same = 0; same < quiet && lab_.now() < end() && !interrupted();) {
      move_to(std::min(end(), lab_.now() + seconds(1)));
      std::string now = outline();
      same = now == last ? same + 1 : 0;
      last = std::move(now);
    }
    out_.converged = out_.converged && lab_.now() < end();
  }
  std::string outline() {
    std::string text;
    for (const SessionRow& row : sessions(lab_)) text += row.on + row.peer + row.state + '\n';
    for (const NodeRef& node : scenario::nodes_of(lab_, NodeRef::control_node))
      if (const auto rows = tables(lab_, node))
        for (const TableRow& row : *rows)
          text += row.name + ' ' + std::to_string(row.prefixes) + ' ' + std::to_string(row.paths) +
                  '\n';
    return text;
  }

  void finish() {
    tell("last look");
    for (Item& item : items_) {
      if (item.expectation == nullptr) {
        if (item.state == Item::waiting || item.state == Item::under_way) unfinished(item);
        continue;
      }
      if (out_.interrupted)
        give_up(item);
      else if (item.state == Item::holding)
        look_again(item, "at the end"), close(item);
      else if (item.state == Item::trying)
        out_.converged = false, item.deadline = lab_.now(), attempt(item);
      else if (item.state == Item::waiting && item.when().after.empty() && !item.when().at)
        item.deadline = lab_.now(), attempt(item);  // about the end
      else if (item.state == Item::waiting)
        unfinished(item);
    }
    if (watch_.keep_state) {
      FinalState state = final_state(lab_);
      state.reachability = std::move(out_.state.reachability);
      out_.state = std::move(state);
    }
    out_.events_done = moments();
    tell("done");
  }

  void give_up(Item& item) {
    if (item.state == Item::done) return;
    Finding& finding = out_.findings[item.finding];
    if (finding.verdict == Verdict::skipped) finding.got = "the run was interrupted";
  }

  void unfinished(Item& item) {
    if (out_.interrupted) return;
    out_.converged = false;
    const std::string why =
        item.when().after.empty()
            ? "the run ended at " + to_text(age(lab_.now())) + ", before its time"
            : "the run ended while it waited for " + in_quotes(item.when().after);
    if (item.expectation != nullptr)
      settle_finding(item, false, why);
    else
      happened(item.id(), "did not happen: " + why);
  }

  const Scenario& original_;
  Scenario now_;  // after the events so far
  Lab& lab_;
  const Watch& watch_;
  Down down_;
  Outcome out_;
  std::vector<Item> items_;  // expectations first: at one moment they go before events
  Duration last_step_{};
  unsigned steps_ = 0;
};

}  // namespace

Outcome play(const Scenario& scenario, Lab& lab, const Watch& watch) {
  return Player{scenario, lab, watch}.run();
}

}  // namespace tflab::scenario
