// What stands in a URL of an introspect page. What is escaped again comes back as it was.
#include <string>

#include "control-core/introspect/query.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  const std::string_view url{reinterpret_cast<const char*>(data), size};
  const auto request = introspect::parse_url(url);
  if (!request) return 0;
  const std::string_view declared[] = {"routing_table", "prefix", "count"};
  introspect::match_fields(request->query, declared);
  return 0;
}
