#pragma once
// Where tests find the repository's files, and test material that may lie beside it.

#include <filesystem>
#include <string_view>

namespace tflab::test {

/// A file of the repository, by its path from the top.
std::filesystem::path in_tree(std::string_view path);

/// Real messages of public projects: the folder `TFLAB_CORPORA` names, else `../shared/corpora`
/// beside the checkout. It is not part of the repository and may not exist.
std::filesystem::path corpora();

}  // namespace tflab::test
