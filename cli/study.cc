#include "cli/study.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "cli/options.h"
#include "cli/signals.h"

extern char** environ;

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;

// A folder for answers; gone with this.
class Folder {
public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "tflab-study-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw EnvironmentError{"cannot make a folder in " + fs::temp_directory_path().string() +
                             ": " + std::strerror(errno)};
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path file(std::size_t run, const char* what) const {
    return path_ / (std::to_string(run) + what);
  }

private:
  fs::path path_;
};

pid_t start(const StudyRun& run, const fs::path& answer, const fs::path& complaints) {
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  std::vector<std::string> words{self, "run"};
  words.insert(words.end(), run.args.begin(), run.args.end());
  for (const char* word : {"-f", "json", "--progress", "none", "-o"}) words.emplace_back(word);
  words.push_back(answer.string());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, complaints.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, self.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw EnvironmentError{"cannot start " + self + ": " + std::strerror(error)};
  return pid;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

void perform(std::vector<StudyRun>& runs, unsigned jobs,
             const std::function<void(const StudyRun&)>& done) {
  const Folder folder;
  std::map<pid_t, std::size_t> working;
  for (std::size_t next = 0; next < runs.size() || !working.empty();) {
    for (; next < runs.size() && working.size() < jobs && stop_signal() == 0; ++next)
      working.emplace(start(runs[next], folder.file(next, ".json"), folder.file(next, ".txt")),
                      next);
    if (working.empty()) return;
    int status = 0;
    rusage used{};
    const pid_t pid = ::wait4(-1, &status, 0, &used);
    const auto ended = working.find(pid);
    if (ended == working.end()) continue;  // interrupted: the children were told, too
    StudyRun& run = runs[ended->second];
    run.code = code_of(status);
    run.processor_s = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    run.result =
        scenario::Json::parse(content_of(folder.file(ended->second, ".json")), nullptr, false);
    if (run.result.is_discarded()) run.result = nullptr;
    run.errors = content_of(folder.file(ended->second, ".txt"));
    working.erase(ended);
    done(run);
  }
}

unsigned processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace tflab::cli
