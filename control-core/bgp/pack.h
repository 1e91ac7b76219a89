#pragma once
// Many routes of one family into as few messages as hold them: all with one attribute set, or all
// withdrawn. A route is written once, where it will be sent from.

#include <array>
#include <span>
#include <vector>

#include "control-core/bgp/message.h"
#include "control-core/bgp/nlri.h"
#include "control-core/bgp/update.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

class Packer {
public:
  // Announces. A set too large for a message cannot be announced: its routes are withdrawn instead,
  // so that no older version of them lives on.
  Packer(Family family, const Attributes& attributes, Dialect dialect);
  // Withdraws.
  Packer(Family family, Dialect dialect);
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void add(std::span<const Reach> routes);
  // A message without routes: when withdrawing, the end of the rib (RFC 4724 section 2).
  void say_nothing();
  // Whole messages, header included.
  std::vector<std::byte> finish();

private:
  void begin_withdrawal();
  bool begin_announcement(const Attributes& attributes, Dialect dialect);
  void open();
  void close();

  NlriContext context_;
  std::size_t longest_;          // message
  std::vector<std::byte> head_;  // what every message begins with
  std::size_t mp_at_ = 0;        // in it: the length of the MP attribute

  std::vector<std::byte> out_;
  std::array<std::byte, longest_extended_message> room_;  // only what is written of it is read
  Writer message_{{}};                                    // in it, while one is being filled
  bool open_ = false, bare_ = false;
};

}  // namespace tflab::bgp
