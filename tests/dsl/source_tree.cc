#include "tests/dsl/source_tree.h"

#include <cstdlib>

namespace tflab::test {

std::filesystem::path in_tree(std::string_view path) {
  return std::filesystem::path{TFLAB_SOURCE_DIR} / path;
}

std::filesystem::path corpora() {
  const char* named = std::getenv("TFLAB_CORPORA");
  return named != nullptr ? std::filesystem::path{named} : in_tree("../shared/corpora");
}

}  // namespace tflab::test
