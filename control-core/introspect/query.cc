#include "control-core/introspect/query.h"

#include <algorithm>

namespace tflab::introspect {
namespace {

constexpr std::string_view prefix = "Snh_";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

std::optional<std::string> url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return {};
      const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (!high || !low) return {};
      out += static_cast<char>(*high << 4 | *low);
      i += 2;
    }
  }
  return out;
}

bool plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.' || c == '~';
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return plain(c) && c != '.' && c != '~'; });
}

// "name=value"; without "=" there is no value and therefore no parameter.
bool read_parameter(std::string_view text, Query& query) {
  const auto equals = text.find('=');
  if (equals == text.npos) return true;
  auto name = url_decoded(text.substr(0, equals));
  auto value = url_decoded(text.substr(equals + 1));
  if (!name || !value) return false;
  if (!value->empty()) query.emplace_back(std::move(*name), std::move(*value));
  return true;
}

std::size_t field_index(std::string_view name, std::span<const std::string_view> declared) {
  for (std::size_t i = 0; i < declared.size(); ++i)
    if (declared[i].starts_with(name)) return i;
  return 0;
}

}  // namespace

std::optional<PageRequest> parse_url(std::string_view url) {
  if (url.starts_with('/')) url.remove_prefix(1);
  if (url.starts_with(prefix)) url.remove_prefix(prefix.size());
  const auto mark = std::min(url.find('?'), url.size());
  PageRequest request{.name = std::string{url.substr(0, mark)}};
  if (!is_name(request.name)) return {};
  std::string_view left = mark < url.size() ? url.substr(mark + 1) : std::string_view{};
  while (!left.empty()) {
    const auto end = std::min(left.find('&'), left.size());
    if (!read_parameter(left.substr(0, end), request.query)) return {};
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return request;
}

std::vector<std::string> match_fields(const Query& query,
                                      std::span<const std::string_view> declared) {
  std::vector<std::string> values(declared.size());
  if (declared.empty()) return values;
  for (const auto& [name, value] : query)
    if (!value.empty()) values[field_index(name, declared)] = value;
  return values;
}

bool is_true(std::string_view value) {
  return value == "1" || value == "true";
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (plain(c)) {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += '%';
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

}  // namespace tflab::introspect
