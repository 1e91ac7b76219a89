#pragma once
// Equal values become one object: equality is then a pointer comparison, and whoever holds the
// value holds a pointer. A pool lives with its node, or with several on one thread: shares are
// counted without atomics. A value goes when the last share in it goes.

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tflab {

template <class Value>
class InternPool;

// A share in an interned value, one pointer wide. Shares may outlive the pool.
template <class Value>
class Interned {
public:
  Interned() = default;
  Interned(std::nullptr_t) {}  // NOLINT: none
  Interned(const Interned& other) : node_{other.node_} {
    if (node_) ++node_->shares;
  }
  Interned(Interned&& other) noexcept : node_{std::exchange(other.node_, nullptr)} {}
  Interned& operator=(Interned other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Interned() {
    if (node_ && --node_->shares == 0) InternPool<Value>::forget(node_);
  }

  void reset() { *this = Interned{}; }
  const Value* get() const { return node_ ? &node_->value : nullptr; }
  const Value& operator*() const { return node_->value; }
  const Value* operator->() const { return &node_->value; }
  explicit operator bool() const { return node_ != nullptr; }
  friend bool operator==(const Interned&, const Interned&) = default;

private:
  friend InternPool<Value>;
  using Node = typename InternPool<Value>::Node;
  explicit Interned(Node* node) : node_{node} { ++node_->shares; }

  Node* node_ = nullptr;
};

// `hash_of(value)` is found beside the value's type. Only buckets depend on it, never an order.
template <class Value>
class InternPool {
public:
  InternPool() : store_{new Store} {}
  ~InternPool() {
    store_->orphaned = true;
    if (store_->alive.empty()) delete store_;
  }
  InternPool(const InternPool&) = delete;
  InternPool& operator=(const InternPool&) = delete;

  Interned<Value> intern(Value value) {
    const std::size_t hash = hash_of(value);
    if (const auto known = store_->alive.find(Probe{value, hash}); known != store_->alive.end())
      return Interned<Value>{*known};
    Node* fresh = new Node{std::move(value), hash, store_, store_->free_number()};
    store_->numbered[fresh->number] = fresh;
    store_->alive.insert(fresh);
    return Interned<Value>{fresh};
  }
  std::size_t size() const { return store_->alive.size(); }  // values alive

  // Shares for who has so many that a pointer is too wide. They must not outlive the pool, and are
  // given back by hand. No value has number 0.
  using Number = std::uint32_t;
  Number keep(const Interned<Value>& share) {
    ++share.node_->shares;
    return share.node_->number;
  }
  const Value& at(Number number) const { return store_->numbered[number]->value; }
  Interned<Value> share_of(Number number) const {
    return Interned<Value>{store_->numbered[number]};
  }
  void give_back(Number number) {
    if (Node* node = store_->numbered[number]; --node->shares == 0) forget(node);
  }

private:
  friend Interned<Value>;
  struct Store;
  struct Node {
    Value value;
    std::size_t hash = 0;
    Store* store = nullptr;
    Number number = 0;
    std::uint32_t shares = 0;
  };
  struct Probe {
    const Value& value;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Node* node) const { return node->hash; }
    std::size_t operator()(const Probe& probe) const { return probe.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Node* a, const Node* b) const { return a == b; }
    bool operator()(const Probe& a, const Node* b) const {
      return a.hash == b->hash && a.value == b->value;
    }
    bool operator()(const Node* a, const Probe& b) const { return operator()(b, a); }
  };
  struct Store {
    std::unordered_set<Node*, Hash, Equal> alive;
    std::vector<Node*> numbered{nullptr};
    std::vector<Number> free;  // numbers
    bool orphaned = false;     // the pool is gone; the last share takes the store with it

    Number free_number() {
      if (free.empty()) {
        numbered.push_back(nullptr);
        return static_cast<Number>(numbered.size() - 1);
      }
      const Number number = free.back();
      free.pop_back();
      return number;
    }
  };

  static void forget(Node* node) {
    Store* store = node->store;
    store->alive.erase(node);
    store->numbered[node->number] = nullptr;
    store->free.push_back(node->number);
    delete node;
    if (store->orphaned && store->alive.empty()) delete store;
  }

  Store* store_;
};

}  // namespace tflab
