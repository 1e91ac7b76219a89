#include "pcap-replay/capture/file.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace tflab::capture {
namespace {

constexpr std::size_t piece = 1u << 20;
// An archive of nothing can unpack to anything: what is larger than this is no capture of ours.
constexpr std::size_t most_unpacked = std::size_t{4} << 30;

[[noreturn]] void cannot(const char* what, const std::string& path, const std::string& why) {
  throw std::runtime_error(std::string{"cannot "} + what + ' ' + path + ": " + why);
}

struct Close {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

}  // namespace

std::vector<std::byte> load(const std::string& path) {
  const bool standard = path == "-";
  const int fd = standard ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cannot("read", path, std::strerror(errno));
  // zlib passes through what is not packed.
  const std::unique_ptr<gzFile_s, Close> file{gzdopen(fd, "rb")};
  if (!file) {
    ::close(fd);
    cannot("read", path, "out of memory");
  }
  gzbuffer(file.get(), 1u << 18);
  std::vector<std::byte> all;
  for (;;) {
    const std::size_t before = all.size();
    all.resize(before + piece);
    const int got = gzread(file.get(), all.data() + before, piece);
    all.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got < 0) {
      int code = 0;
      const char* why = gzerror(file.get(), &code);
      cannot("read", path, code == Z_ERRNO ? std::strerror(errno) : why);
    }
    if (got < static_cast<int>(piece)) break;
    if (all.size() > most_unpacked) cannot("read", path, "more than 4 GiB");
  }
  int code = 0;
  const char* why = gzerror(file.get(), &code);
  if (code != Z_OK && code != Z_STREAM_END) cannot("read", path, why);
  return all;
}

void store(const std::string& path, Bytes octets) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) cannot("write", fresh, std::strerror(errno));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{::fdopen(fd, "wb"), std::fclose};
  const bool written = std::fwrite(octets.data(), 1, octets.size(), file.get()) == octets.size() &&
                       std::fflush(file.get()) == 0;
  if (!written) cannot("write", fresh, std::strerror(errno));
  if (::rename(fresh.c_str(), path.c_str()) != 0) cannot("write", path, std::strerror(errno));
}

}  // namespace tflab::capture
