// XML in one piece: no entity is expanded, no depth is unbounded, and what is read can be written.
#include <string>

#include "control-core/base/xml.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto element = xml::parse(text);
  std::string escaped;
  xml::append_escaped(escaped, text);
  fuzz::promise(escaped.find('<') == std::string::npos);
  if (element) fuzz::promise(!element->name.empty());
  return 0;
}
