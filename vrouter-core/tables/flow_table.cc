#include "vrouter-core/tables/flow_table.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/base/load.h"

namespace tflab::vr {

namespace {

void put(std::uint64_t* words, const IpAddr& address) {
  if (address.is_v4()) {
    words[1] = address.v4().raw();
    return;
  }
  for (std::size_t i = 0; i < 16; ++i) words[i / 8] = words[i / 8] << 8 | address.octet(i);
}

IpAddr taken(const std::uint64_t* words, bool v4) {
  if (v4) return Ip4{static_cast<std::uint32_t>(words[1])};
  Ip6 address;
  for (std::size_t i = 0; i < 16; ++i) {
    address.octets[i] = static_cast<std::uint8_t>(words[i / 8] >> (56 - 8 * (i % 8)));
  }
  return address;
}

}  // namespace

FlowWords FlowWords::of(const FlowKey& key) {
  FlowWords words;
  put(&words.word[0], key.src);
  put(&words.word[2], key.dst);
  words.word[4] =
      std::uint64_t{key.nexthop.raw()} << 32 | std::uint64_t{key.src_port} << 16 | key.dst_port;
  words.word[5] = key.protocol | (key.src.is_v4() ? v4_bit : 0);
  return words;
}

FlowKey FlowWords::key() const {
  const bool v4 = (word[5] & v4_bit) != 0;
  return {.nexthop = NexthopId{static_cast<std::uint32_t>(word[4] >> 32)},
          .src = taken(&word[0], v4),
          .dst = taken(&word[2], v4),
          .protocol = static_cast<std::uint8_t>(word[5]),
          .src_port = static_cast<std::uint16_t>(word[4] >> 16),
          .dst_port = static_cast<std::uint16_t>(word[4])};
}

std::uint32_t FlowTable::add(const FlowWords& key) {
  if (size_ == entries_.size()) return no_flow;
  const std::uint64_t h = hash(key);
  std::size_t b = home(h);
  for (std::size_t n = 0; n < most_probes; ++n, b = after(b)) {
    Bucket& bucket = buckets_[b];
    for (std::size_t i = 0; i < slots; ++i) {
      if (bucket.tags[i] != 0) continue;
      std::uint32_t number = fresh_;
      if (returned_ != 0) {
        number = returned_ - 1;
        returned_ = entries_[number].next;
      } else {
        ++fresh_;
      }
      bucket.tags[i] = tag_of(h);
      bucket.entries[i] = number;
      FlowEntry& entry = entries_[number] = {};
      entry.key = key;
      entry.reverse = no_flow;
      entry.ecmp_index = no_ecmp_index;
      entry.present = true;
      ++size_;
      for (std::size_t passed = home(h); passed != b; passed = after(passed)) {
        ++buckets_[passed].passed;
      }
      return number;
    }
  }
  return no_flow;
}

void FlowTable::remove(std::uint32_t number) {
  FlowEntry& entry = entries_[number];
  require(entry.present);
  if (entry.reverse != no_flow && entries_[entry.reverse].reverse == number) {
    entries_[entry.reverse].reverse = no_flow;
  }
  const std::uint64_t h = hash(entry.key);
  for (std::size_t b = home(h);; b = after(b)) {
    Bucket& bucket = buckets_[b];
    for (std::size_t i = 0; i < slots; ++i) {
      if (bucket.tags[i] == 0 || bucket.entries[i] != number) continue;
      bucket.tags[i] = 0;
      for (std::size_t passed = home(h); passed != b; passed = after(passed)) {
        --buckets_[passed].passed;
      }
      entry = {};
      entry.next = returned_;
      returned_ = number + 1;
      --size_;
      return;
    }
  }
}

}  // namespace tflab::vr
