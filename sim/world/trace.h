#pragma once
// What crosses the border of a node, frame by frame: digested always, written to capture files
// where the scenario asks. Frames are told when they leave a node and when they enter one.

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scenarios/model.h"
#include "sim/ns3/segment.h"
#include "sim/world/capture.h"
#include "sim/world/digest.h"

namespace tflab::sim {

using InterfaceId = Id<struct InterfaceTag, std::uint32_t>;

class Trace {
public:
  // No folder: nothing is written.
  Trace(std::vector<scenario::Capture> captures, std::string folder, std::int64_t utc_ns_at_zero);

  // An interface by its selectors, such as "virtual-router:compute1/vhost0"; the first names it.
  // The same interface gets the same number again after its node was away.
  InterfaceId watch(const std::vector<std::string>& selectors);
  void crossed(InterfaceId where, Direction direction, Bytes frame);
  // Who hears of every frame that crosses from now on, with the interface's name; none: nobody.
  using Observer = std::function<void(const std::string& where, Direction, Bytes frame)>;
  void observe(Observer observer) { observer_ = std::move(observer); }
  // A message of a stream (a number of its own for each direction) that arrived without frames.
  void handed_over(std::uint32_t stream, const SharedBytes& message);

  std::string digest() const { return digest_.hex(); }
  void flush();

private:
  std::uint64_t digest_of_message(const SharedBytes& message);
  void open_captures(InterfaceId id, const std::vector<std::string>& selectors);
  std::size_t file_of(const scenario::Capture& capture, const std::string& selector);

  std::vector<scenario::Capture> captures_;
  std::string folder_;
  std::int64_t utc_ns_at_zero_;
  Digest digest_;
  // Of messages told lately: many hear the same octets one after the other.
  struct Told {
    SharedBytes message;
    std::uint64_t digest = 0;
  };
  std::array<Told, 1024> told_;
  std::map<std::string, InterfaceId> ids_;
  std::vector<std::string> names_;                  // by InterfaceId
  std::vector<std::vector<std::size_t>> files_of_;  // by InterfaceId
  std::map<std::string, std::size_t> by_path_;
  std::vector<CaptureFile> files_;
  Observer observer_;
};

// "*" and "?" of file names.
bool glob(std::string_view pattern, std::string_view text);

}  // namespace tflab::sim
