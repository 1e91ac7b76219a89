#pragma once
// A number, or how numbers are spread: {"distribution": "poisson", "mean": 10}. Generators count
// and pick by it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/node.h"
#include "scenarios/random.h"

namespace tflab::scenario {

struct Distribution {
  enum Kind : std::uint8_t { constant, uniform, poisson, zipf, round_robin } kind = constant;
  double value = 1;         // constant
  double min = 0, max = 0;  // uniform: both ends belong to it when counting
  double mean = 0;          // poisson
  double s = 1;             // zipf: the n-th of `choices` has weight 1 / n^s
  std::string over{};       // a selector: what is chosen from
};

// Everything wrong with it is told at the node. `chooses`: it picks one of what `over` selects.
std::optional<Distribution> read_distribution(const Node& node, bool chooses);

// Draws one after the other; zipf's table of weights is made once, and round-robin is no chance.
class Draw {
public:
  Draw(const Distribution& from, Random random, std::size_t choices = 0);

  std::uint64_t count();  // how many
  std::size_t choice();   // which of the choices: 0 is the first

private:
  Distribution from_;
  Random random_;
  std::size_t choices_, chosen_ = 0;
  std::vector<double> weights_up_to_;
};

}  // namespace tflab::scenario
