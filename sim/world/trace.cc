#include "sim/world/trace.h"

#include <algorithm>
#include <cstdint>

#include "control-core/base/digest.h"
#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

bool matches_one(std::string_view pattern) {
  return pattern.find_first_of("*?") == std::string_view::npos;
}

// "virtual-router:compute1/vhost0" -> "compute1"
std::string_view node_of(std::string_view selector) {
  selector.remove_prefix(selector.find(':') + 1);
  return selector.substr(0, selector.find('/'));
}

}  // namespace

bool glob(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return glob(pattern.substr(1), text) || (!text.empty() && glob(pattern, text.substr(1)));
  if (text.empty() || (pattern.front() != '?' && pattern.front() != text.front())) return false;
  return glob(pattern.substr(1), text.substr(1));
}

Trace::Trace(std::vector<scenario::Capture> captures, std::string folder,
             std::int64_t utc_ns_at_zero)
    : captures_{std::move(captures)}, folder_{std::move(folder)}, utc_ns_at_zero_{utc_ns_at_zero} {}

InterfaceId Trace::watch(const std::vector<std::string>& selectors) {
  const auto [it, fresh] =
      ids_.try_emplace(selectors.front(), static_cast<std::uint32_t>(files_of_.size()));
  if (fresh) {
    files_of_.emplace_back();
    names_.push_back(selectors.front());
    open_captures(it->second, selectors);
  }
  return it->second;
}

void Trace::open_captures(InterfaceId id, const std::vector<std::string>& selectors) {
  if (folder_.empty()) return;
  for (const scenario::Capture& capture : captures_) {
    const auto selector = std::ranges::find_if(
        selectors, [&](const std::string& name) { return glob(capture.on, name); });
    if (selector != selectors.end()) files_of_[id.raw()].push_back(file_of(capture, *selector));
  }
}

// The same packets seen at two nodes are two captures: a pattern's first node gets the file that
// the scenario names, each further one its own beside it.
std::size_t Trace::file_of(const scenario::Capture& capture, const std::string& selector) {
  std::string path = folder_ + "/" + capture.name + ".pcap";
  if (!matches_one(capture.on) && by_path_.contains(path))
    path = folder_ + "/" + capture.name + "-" + std::string{node_of(selector)} + ".pcap";
  const auto [it, fresh] = by_path_.try_emplace(path, files_.size());
  if (fresh) files_.emplace_back(path, capture.filter, utc_ns_at_zero_);
  return it->second;
}

void Trace::crossed(InterfaceId where, Direction direction, Bytes frame) {
  digest_.add(static_cast<std::uint64_t>(now().ns));
  digest_.add(static_cast<std::uint64_t>(where.raw()) << 1 | (direction == Direction::out));
  digest_.add(digest_of(frame));
  for (const std::size_t file : files_of_[where.raw()]) files_[file].write(now(), frame);
  if (observer_) observer_(names_[where.raw()], direction, frame);
}

void Trace::handed_over(std::uint32_t stream, const SharedBytes& message) {
  digest_.add(static_cast<std::uint64_t>(now().ns));
  digest_.add(stream);
  digest_.add(digest_of_message(message));
}

std::uint64_t Trace::digest_of_message(const SharedBytes& message) {
  Told& told = told_[mixed(0, reinterpret_cast<std::uintptr_t>(message.get())) % told_.size()];
  if (told.message != message) told = {message, digest_of(*message)};
  return told.digest;
}

void Trace::flush() {
  for (CaptureFile& file : files_) file.flush();
}

}  // namespace tflab::sim
