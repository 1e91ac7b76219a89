#pragma once
// `tflab sweep FILE --vary PTR=V1,V2 --seeds N`: every point of a grid with every seed, on all
// processors. What has been run is kept by what it was, so that an interrupted sweep goes on where
// it stopped and a wider one does the new points only.

#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"

namespace tflab::cli {

int sweep(const Options& options);

// "/vars/vrouters=100,200" -> pointer and values; commas inside quotes or brackets part nothing.
std::pair<std::string, std::vector<std::string>> varied(const std::string& text);

// "8 runs took 60 s of processor time in 31 s, 2 at a time: processors 97 % busy".
std::string busy_text(std::size_t runs, double processor_s, double wall_s, unsigned at_once);

struct Spread95 {
  double mean = 0, median = 0;
  double half = 0;  // of the 95 % confidence interval of the mean (Student's t); 0 for one value
};
Spread95 spread_of(std::vector<double> values);

}  // namespace tflab::cli
