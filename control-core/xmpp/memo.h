#pragma once
// What the bodies of messages say, for many agents in one process that are told the same octets:
// each is read once. A function remembered, nothing more: every agent ends up with what it would
// have read itself. Bodies are compared octet by octet. And the items that were read: equal ones
// are one in memory, whoever was told them by whom.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control-core/base/result.h"
#include "control-core/base/xml.h"
#include "control-core/xmpp/stanza.h"
#include "vrouter-core/base/reader.h"

namespace tflab::xmpp {

class Memo {
public:
  struct Message {
    std::string instance;
    Family family;
    std::vector<SharedItem> items;
    std::vector<std::string> retracts;
    std::uint64_t refused;
  };
  using Said = std::shared_ptr<const Message>;
  // As much as fifteen control nodes tell ten thousand routes with.
  static constexpr std::size_t for_many = 128u << 20;

  // The youngest are remembered, so many octets of bodies and of items; none for an agent on its
  // own.
  explicit Memo(std::size_t most) : most_{most} {}

  bool of_many() const { return most_ != 0; }

  // Could these octets be all of a message but its tag, as our control nodes write them?
  static bool whole_body(Bytes octets);
  static bool begins_body(Bytes octets);
  // What such octets begin with; 0: the end of the body has not come.
  static std::size_t size_of_body(Bytes octets);
  // The tag of a message that these octets begin with; else all of them.
  static std::size_t size_of_tag(Bytes octets);

  // A message of which nothing is known, apart from its stream, which then needs no parser for it.
  Result<xml::Element> stanza(Bytes tag, Bytes body);
  Said read(RouteMessage message);
  // What was kept, also of items that came in other company.
  Said find(Bytes body);
  void keep(Bytes body, const Said& said);
  ItemPool& items() { return pool_; }

private:
  // By the octets that said so; the oldest are forgotten.
  template <class What>
  class Kept {
  public:
    struct Row {
      std::uint64_t number, digest;
      std::string text;
      What what;
      std::uint64_t next = 0;  // which came after it the last time
    };
    Row* find(std::string_view text);
    // The row that `text` begins with, if it comes after this one as it did the last time.
    Row* next_of(const Row& row, std::string_view text);
    void keep(std::string_view text, What what, std::size_t most);

  private:
    Row* numbered(std::uint64_t number);
    void forget_oldest();

    std::deque<Row> rows_;      // oldest first
    std::uint64_t oldest_ = 1;  // 0: no row
    // What was found lately, by some of its octets: quicker than by all of them.
    std::array<std::uint64_t, 256> lately_{};
    std::unordered_multimap<std::uint64_t, std::uint64_t> numbers_;  // by digest; only looked up
    std::size_t octets_ = 0;
  };
  // A body as our control nodes write it: what comes before the items, and the items.
  struct Parts {
    std::string_view head;
    std::vector<std::string_view> items;
  };
  static std::optional<Parts> parts_of(std::string_view body);
  Said composed(std::string_view body);
  Kept<SharedItem>::Row* next_item(const Kept<SharedItem>::Row* last, std::string_view body);

  std::size_t most_;
  xml::DocumentReader reader_{xml::Limits{}};
  ItemPool pool_;
  Kept<Said> bodies_;
  Kept<Said> heads_;  // of messages without items
  Kept<SharedItem> items_;
};

}  // namespace tflab::xmpp
