#include "netns-lab/lab/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <csignal>

#include <array>
#include <stdexcept>

#include "netns-lab/lab/process.h"

namespace tflab::netns {
namespace {

struct Ends {
  Fd ours, theirs;
};

Ends make_pipe(bool we_read) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "make a pipe");
  Fd read{ends[0]}, write{ends[1]};
  return we_read ? Ends{std::move(read), std::move(write)}
                 : Ends{std::move(write), std::move(read)};
}

// A socket, not a pipe: writing to a child that is gone must not raise SIGPIPE in a library.
Ends make_input() {
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "make a socket pair");
  return {Fd{ends[0]}, Fd{ends[1]}};
}

void read_some(Fd& from, std::string& into) {
  std::array<char, 65536> room;
  const ssize_t n = ::read(from.get(), room.data(), room.size());
  if (n > 0) into.append(room.data(), static_cast<std::size_t>(n));
  if (n == 0 || (n < 0 && errno != EINTR)) from.reset();
}

void write_some(Fd& to, std::string_view& left) {
  const ssize_t n = ::send(to.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
  if ((n < 0 && errno != EAGAIN && errno != EINTR) || left.empty()) to.reset();
}

// Feeds and reads at once, so that neither side can block the other.
void converse(Fd in, Fd out, Fd err, std::string_view input, Printed& printed) {
  if (input.empty()) in.reset();
  while (out || err) {
    std::array<pollfd, 3> wanted{
        {{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}, {in.get(), POLLOUT, 0}}};
    if (::poll(wanted.data(), wanted.size(), -1) < 0) {
      if (errno == EINTR) continue;
      fail("wait for a program");
    }
    if (wanted[0].revents) read_some(out, printed.out);
    if (wanted[1].revents) read_some(err, printed.err);
    if (wanted[2].revents) write_some(in, input);
  }
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text)
    if (c == '\n') c = ';';
  return text;
}

}  // namespace

Printed run(const Command& command) {
  Ends in = make_input(), out = make_pipe(true), err = make_pipe(true);
  const pid_t child = start({.argv = command.argv,
                             .space = command.space,
                             .in = in.theirs.get(),
                             .out = out.theirs.get(),
                             .err = err.theirs.get(),
                             .environment = {{"LC_ALL", "C"}}});
  in.theirs.reset();
  out.theirs.reset();
  err.theirs.reset();
  Printed printed;
  converse(std::move(in.ours), std::move(out.ours), std::move(err.ours), command.input, printed);
  printed.code = exit_code(child);
  return printed;
}

Printed run_or_fail(const Command& command, const std::string& attempt) {
  Printed printed = run(command);
  if (printed.code != 0) {
    const std::string words = one_line(printed.err.empty() ? printed.out : printed.err);
    throw std::runtime_error{"cannot " + attempt + ": " +
                             (words.empty() ? "exit code " + std::to_string(printed.code) : words)};
  }
  return printed;
}

void ip_batch(const std::string& space, const std::vector<std::string>& lines,
              const std::string& attempt) {
  if (lines.empty()) return;
  std::string input;
  for (const std::string& line : lines) input += line + "\n";
  std::vector<std::string> argv{"ip"};
  if (!space.empty()) argv.insert(argv.end(), {"-n", space});
  argv.insert(argv.end(), {"-batch", "-"});
  run_or_fail({.argv = argv, .input = input}, attempt);
}

}  // namespace tflab::netns
