#include "scenarios/source.h"

#include <algorithm>
#include <tuple>

namespace tflab::scenario {

void Sources::add(std::string name, std::string text, std::string below) {
  sources_.push_back({std::move(name), std::move(text), std::move(below), {}});
}

std::optional<Spot> Sources::spot(const Source& source, std::string_view pointer) const {
  if (!pointer.starts_with(source.below)) return {};
  pointer.remove_prefix(source.below.size());
  if (!pointer.empty() && pointer.front() != '/') return {};
  if (!source.scan) source.scan = scan(source.text, Keep::spots);
  const auto found = source.scan->spots.find(std::string{pointer});
  if (found == source.scan->spots.end()) return {};
  return source.below.empty() ? found->second : Spot{};
}

Sources::Place Sources::find(std::string_view pointer, Of of) const {
  for (std::string at{pointer};; at = parent_of(at)) {
    for (std::size_t i = sources_.size(); i-- > 0;)
      if (const auto found = spot(sources_[i], at))
        // For a key that is missing, its parent's value is the place, not its parent's key.
        return {i, of == Of::key && at == pointer ? found->key : found->value};
    if (const auto maker = made_.find(at); maker != made_.end())
      return find(maker->second + std::string{pointer.substr(at.size())}, of);
    if (at.empty()) return {};
  }
}

void Faults::add(std::string_view pointer, std::string message, Sources::Of of) {
  if (all_.size() >= most) return;
  const Sources::Place place = sources_.find(pointer, of);
  Fault fault;
  if (sources_.size() != 0) fault.file = sources_.name(place.source);
  fault.line = place.at.line;
  fault.column = place.at.column;
  fault.pointer = pointer;
  fault.message = std::move(message);
  all_.push_back({place.source, std::move(fault)});
}

std::string Faults::place(std::string_view pointer) const {
  const Sources::Place place = sources_.find(pointer, Sources::Of::value);
  if (place.at.line == 0) return std::string{pointer};
  return sources_.name(place.source) + ':' + std::to_string(place.at.line) + ':' +
         std::to_string(place.at.column);
}

std::vector<Fault> Faults::take() {
  std::ranges::stable_sort(all_, {}, [](const Entry& entry) {
    return std::tuple{entry.source, entry.fault.line, entry.fault.column};
  });
  std::vector<Fault> out;
  for (Entry& entry : all_) out.push_back(std::move(entry.fault));
  all_.clear();
  return out;
}

std::string to_text(const Fault& fault) {
  std::string out = fault.file;
  if (fault.line != 0)
    out += ':' + std::to_string(fault.line) + ':' + std::to_string(fault.column);
  else if (!fault.pointer.empty())
    out += (out.empty() ? "" : ": ") + ("at " + fault.pointer);
  out += (out.empty() ? "" : ": ") + fault.message;
  // Which value, for messages that do not name it: file, line and column are for editors.
  const auto slash = fault.pointer.rfind('/');
  const bool named = slash == std::string::npos ||
                     fault.message.find(fault.pointer.substr(slash + 1)) != std::string::npos;
  return named || fault.line == 0 ? out : out + " (" + fault.pointer + ")";
}

}  // namespace tflab::scenario
