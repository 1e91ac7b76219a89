#include "scenarios/position.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace tflab::scenario {
namespace {

constexpr bool continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Walks the text once. `path_` is the pointer of the value at hand; frames are open containers.
class Scanner {
public:
  Scanner(std::string_view text, Keep keep) : text_{text}, keep_{keep} {}

  Scan run() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    value(here_or_next());
    while (!frames_.empty() && !stopped_) frames_.back().object ? member() : element();
    std::ranges::stable_sort(scan_.duplicates, {}, [](const Duplicate& d) {
      return std::pair{d.second.line, d.second.column};
    });
    return std::move(scan_);
  }

private:
  struct SeenKey {
    std::string name;
    Position where;
  };
  struct Frame {
    bool object = false;
    std::size_t path_length = 0;  // of the container itself
    std::size_t index = 0;
    std::vector<SeenKey> keys;
  };

  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  Position here() const { return {line_, column_}; }
  Position here_or_next() {
    skip_blanks();
    return here();
  }

  void advance() {
    if (done()) return;
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if (!continuation(c)) {
      ++column_;
    }
  }

  void skip_blanks() {
    for (;;) {
      while (!done() && std::string_view{" \t\r\n"}.find(peek()) != std::string_view::npos)
        advance();
      if (text_.substr(at_, 2) == "//") {
        while (!done() && peek() != '\n') advance();
      } else if (text_.substr(at_, 2) == "/*") {
        skip_block_comment();
      } else {
        return;
      }
    }
  }
  void skip_block_comment() {
    advance();
    advance();
    while (!done() && text_.substr(at_, 2) != "*/") advance();
    advance();
    advance();
  }

  // The characters between the quotes, as written.
  std::string_view string_token() {
    advance();
    const std::size_t begin = at_;
    while (!done() && peek() != '"') {
      if (peek() == '\\') advance();
      advance();
    }
    const std::string_view token = text_.substr(begin, at_ - begin);
    advance();
    return token;
  }

  void value(Position key) {
    skip_blanks();
    if (keep_ == Keep::spots) scan_.spots[path_] = {key, here()};
    const char c = peek();
    if (c == '{' || c == '[') {
      open(c == '{');
    } else if (c == '"') {
      string_token();
    } else {
      const std::size_t begin = at_;
      while (!done() && std::string_view{",]} \t\r\n/"}.find(peek()) == std::string_view::npos)
        advance();
      if (at_ == begin) stop();
    }
  }

  void open(bool object) {
    if (frames_.size() >= Scan::depth_max) {
      scan_.too_deep = here();
      stopped_ = true;
      return;
    }
    advance();
    Frame frame;
    frame.object = object;
    frame.path_length = path_.size();
    frames_.push_back(std::move(frame));
  }

  void close() {
    report_duplicates(frames_.back());
    path_.resize(frames_.back().path_length);
    frames_.pop_back();
    advance();
  }

  // One step in an object: a comma, a member, or its end.
  void member() {
    path_.resize(frames_.back().path_length);
    skip_blanks();
    if (peek() == '}') return close();
    if (peek() == ',') return advance();
    if (peek() != '"') return stop();
    const Position key = here();
    std::string name = decoded(string_token());
    path_ += '/' + pointer_token(name);
    frames_.back().keys.push_back({std::move(name), key});
    skip_blanks();
    if (peek() != ':') return stop();
    advance();
    value(key);
  }

  void element() {
    path_.resize(frames_.back().path_length);
    skip_blanks();
    if (peek() == ']') return close();
    if (peek() == ',') return advance();
    if (done() || peek() == '}' || peek() == ':') return stop();
    path_ += '/' + std::to_string(frames_.back().index++);
    value(here());
  }

  void stop() { stopped_ = true; }  // not JSON: the parser will say what it is

  static std::string decoded(std::string_view token) {
    if (token.find('\\') == std::string_view::npos) return std::string{token};
    const auto text = nlohmann::json::parse('"' + std::string{token} + '"', nullptr, false);
    return text.is_string() ? text.get<std::string>() : std::string{token};
  }

  void report_duplicates(Frame& frame) {
    std::ranges::stable_sort(frame.keys, {}, &SeenKey::name);
    const std::string base = path_.substr(0, frame.path_length);
    for (std::size_t i = 1; i < frame.keys.size(); ++i)
      if (frame.keys[i].name == frame.keys[i - 1].name)
        scan_.duplicates.push_back({base + '/' + pointer_token(frame.keys[i].name),
                                    frame.keys[i - 1].where, frame.keys[i].where});
  }

  std::string_view text_;
  Keep keep_;
  Scan scan_;
  std::size_t at_ = 0;
  unsigned line_ = 1, column_ = 1;
  std::string path_;
  std::vector<Frame> frames_;
  bool stopped_ = false;
};

}  // namespace

Scan scan(std::string_view text, Keep keep) {
  return Scanner{text, keep}.run();
}

Position position_of(std::string_view text, std::size_t offset) {
  Position at{1, 1};
  for (const char c : text.substr(0, std::min(offset, text.size()))) {
    if (c == '\n')
      at = {at.line + 1, 1};
    else if (!continuation(c))
      ++at.column;
  }
  return at;
}

std::string pointer_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string parent_of(std::string_view pointer) {
  const auto slash = pointer.rfind('/');
  return slash == std::string_view::npos ? std::string{} : std::string{pointer.substr(0, slash)};
}

}  // namespace tflab::scenario
