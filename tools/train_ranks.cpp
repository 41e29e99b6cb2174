// SPDX-License-Identifier: MIT
#include "tools/train_ranks.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/error.h"
#include "base/stopwatch.h"
#include "tools/cli/exit_codes.h"
#include "tools/cli/interrupt.h"

namespace cameo {
namespace {

/// Until the others have noticed that a rank is lost.
constexpr double kGraceSeconds = 10;

/// What a launcher calls rank, number of ranks and rank within the machine.
struct Launcher {
  const char *rank, *ranks, *local_rank;
};
constexpr Launcher kTorchrun{"RANK", "WORLD_SIZE", "LOCAL_RANK"},
    kSlurm{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"},
    kOpenMpi{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"};

std::optional<int> number_in(const Environment& environment, const char* name) {
  const char* const text = environment(name);
  if (text == nullptr) return {};
  int number = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, number);
  check(error == std::errc{} && rest == end && number >= 0, ErrorCode::Usage, name, ": \"", text,
        "\" is no number");
  return number;
}

/// Where ranks meet if nobody says so.
void fill_in_master(RankPlace& place, const Launcher& launcher, const Environment& environment) {
  if (const char* const address = environment("MASTER_ADDR")) {
    place.master = address;
  } else if (launcher.rank == kSlurm.rank) {
    const char* nodes = environment("SLURM_STEP_NODELIST");
    check(nodes != nullptr, ErrorCode::Usage, "SLURM_STEP_NODELIST: not set; set MASTER_ADDR");
    place.master = first_node(nodes);
  } else {
    const auto here = number_in(environment, "OMPI_COMM_WORLD_LOCAL_SIZE");
    check(launcher.rank == kOpenMpi.rank && here == place.ranks, ErrorCode::Usage,
          "MASTER_ADDR: not set; it names the machine of rank 0, as all ranks reach it");
  }
  constexpr int kFirstPort = 20000, kPorts = 10000;  // below those that systems give to clients
  if (const auto port = number_in(environment, "MASTER_PORT"))
    place.port = *port;
  else if (const auto job = number_in(environment, "SLURM_JOB_ID"))
    place.port = kFirstPort + *job % kPorts;
}

/// A process of a rank.
struct Child {
  pid_t pid = -1;
  std::optional<int> status;  ///< once it has ended, as a shell has it
};

/// After fork(): nothing but system calls.
[[noreturn]] void become_rank(const std::vector<char*>& arguments,
                              const std::vector<char*>& variables, bool leads, pid_t parent) {
  setpgid(0, 0);  // a terminal's Ctrl-C reaches the launcher alone, which passes it on once
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  if (!leads) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
  }
  execve("/proc/self/exe", arguments.data(), variables.data());
  _exit(127);
}

Child start_rank(const RankPlace& place, Args args) {
  std::vector<std::string> words{"cameo", "train"};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<std::string> own{
      "RANK=" + std::to_string(place.rank), "WORLD_SIZE=" + std::to_string(place.ranks),
      "LOCAL_RANK=" + std::to_string(place.local_rank), "MASTER_ADDR=" + place.master,
      "MASTER_PORT=" + std::to_string(place.port)};
  // Else each would start a thread for every core.
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  if (std::getenv("OMP_NUM_THREADS") == nullptr)
    own.push_back("OMP_NUM_THREADS=" + std::to_string(std::max(1, cores / place.ranks)));
  const auto is_own = [&](const std::string& variable) {
    return std::any_of(own.begin(), own.end(), [&](const std::string& one) {
      return variable.starts_with(one.substr(0, one.find('=') + 1));
    });
  };
  std::vector<std::string> all = own;
  for (char** one = environ; *one != nullptr; ++one)
    if (!is_own(*one)) all.emplace_back(*one);
  std::vector<char*> arguments, variables;
  for (std::string& word : words) arguments.push_back(word.data());
  for (std::string& variable : all) variables.push_back(variable.data());
  arguments.push_back(nullptr);
  variables.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  check(pid >= 0, "ranks: rank ", place.rank, " cannot be started: ", std::strerror(errno));
  if (pid == 0) become_rank(arguments, variables, place.rank == 0, parent);
  return {pid, {}};
}

void signal_all(const std::vector<Child>& children, int signal) {
  for (const Child& child : children)
    if (!child.status) kill(child.pid, signal);
}

/// Notes which have ended.
void look_after(std::vector<Child>& children) {
  for (Child& child : children) {
    int status = 0;
    if (child.status || waitpid(child.pid, &status, WNOHANG) != child.pid) continue;
    child.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

bool is_failure(int status) {
  return status != static_cast<int>(Exit::Ok) && status != static_cast<int>(Exit::Partial) &&
         (interrupted() == 0 || status != 128 + interrupted());
}

/// The rank whose failure is the cause; none if none has failed. One that loses another fails with
/// Exit::Failed, and may be seen ended together with it.
std::optional<std::size_t> failed_rank(const std::vector<Child>& children) {
  std::optional<std::size_t> found;
  for (std::size_t rank = 0; rank < children.size(); ++rank) {
    const std::optional<int> status = children[rank].status;
    if (!status || !is_failure(*status)) continue;
    if (*status != static_cast<int>(Exit::Failed)) return rank;
    if (!found) found = rank;
  }
  return found;
}

/// Waits for all, and ends those that do not notice that one has failed.
int wait_for(std::vector<Child>& children, Log& log) {
  int failure = 0, passed_on = 0;
  double failed_at = 0;
  int last_signal = SIGTERM;
  while (true) {
    look_after(children);
    const std::optional<std::size_t> failed = failed_rank(children);
    if (failed && failure == 0) {
      failure = *children[*failed].status;
      failed_at = steady_seconds();
      log.warn("rank " + std::to_string(*failed) + " ended with status " + std::to_string(failure) +
               "; ending the others");
    }
    const bool running = std::any_of(children.begin(), children.end(),
                                     [](const Child& child) { return !child.status; });
    if (!running) return failure != 0 ? failure : *children.front().status;
    if (interrupted() != 0 && passed_on == 0) signal_all(children, passed_on = interrupted());
    if (failure != 0 && steady_seconds() - failed_at > kGraceSeconds) {
      signal_all(children, last_signal);
      last_signal = SIGKILL;
      failed_at = steady_seconds();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

std::string first_node(const std::string& list) {
  const std::size_t end = list.find_first_of(",[");
  std::string name = list.substr(0, end);
  if (end != std::string::npos && list[end] == '[')
    name += list.substr(end + 1, list.find_first_of(",-]", end) - end - 1);
  return name;
}

std::optional<RankPlace> rank_of(const Environment& environment) {
  for (const Launcher& launcher : {kTorchrun, kSlurm, kOpenMpi}) {
    const auto rank = number_in(environment, launcher.rank);
    const auto ranks = number_in(environment, launcher.ranks);
    if (!rank || !ranks) continue;
    if (*ranks <= 1) return {};
    RankPlace place{.rank = *rank, .ranks = *ranks};
    place.local_rank = number_in(environment, launcher.local_rank).value_or(*rank);
    fill_in_master(place, launcher, environment);
    return place;
  }
  return {};
}

void add_rank_flags(Flags& flags, RankOptions& options) {
  flags
      .add("--gpus", &options.gpus,
           "GPUs that train together, one process each, with --batch faces of each person on every "
           "one of them (needs NCCL)")
      .range(1, 1024);
  flags
      .add("--ranks", &options.ranks,
           "The same on --device: processes that train together, with --device cpu over TCP")
      .range(1, 1024);
  flags
      .add("--rank-timeout", &options.timeout,
           "Seconds after which a process that gives no sign of life is lost, and training ends")
      .range(1, 86400);
}

int ranks_to_start(const RankOptions& options, const std::optional<RankPlace>& place) {
  check(options.gpus == 0 || options.ranks == 0, ErrorCode::Usage,
        "train: --gpus and --ranks are one; give either");
  const int ranks = std::max(options.gpus, options.ranks);
  if (!place) return ranks > 1 ? ranks : 0;
  check(ranks == 0 || ranks == place->ranks, ErrorCode::Usage, "train: --gpus or --ranks ", ranks,
        ", but the launcher has started ", place->ranks);
  return 0;
}

Common device_of_rank(Common common, const RankOptions& options,
                      const std::optional<RankPlace>& place, const Environment& environment) {
  check(options.gpus == 0 || common.device != "cpu", ErrorCode::Usage,
        "train: --gpus is for GPUs, and --device is cpu; --ranks starts processes on a CPU");
  if (!place) return common;
  const bool on_gpu = common.device == "cuda" || common.device == "auto";
  check(on_gpu || common.device == "cpu", ErrorCode::Usage, "train: --device ", common.device,
        " is one GPU, and several processes train; give cuda");
  // srun --gpus-per-task 1 shows each process a GPU of its own; ours show all of them.
  const char* const visible = environment("CUDA_VISIBLE_DEVICES");
  const bool own = options.gpus == 0 && visible != nullptr && *visible != '\0' &&
                   std::strchr(visible, ',') == nullptr;
  // A rank that silently took the CPU would hold up the others.
  if (options.gpus > 0 || common.device == "cuda")
    common.device = "cuda:" + std::to_string(own ? 0 : place->local_rank);
  else
    check(common.device == "cpu", ErrorCode::Usage,
          "train: several processes need --device cuda or --device cpu");
  return common;
}

int launch_ranks(int ranks, Args args, Log& log) {
  const int port = free_port();
  std::vector<Child> children;
  children.reserve(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank)
    children.push_back(
        start_rank({.rank = rank, .ranks = ranks, .local_rank = rank, .port = port}, args));
  return wait_for(children, log);
}

}  // namespace cameo
