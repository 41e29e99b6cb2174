// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kernels/bf16.h"
#include "runtime_api.h"

// The stand-in for NCCL: a shared library of its name and functions, loaded as NVIDIA's is. Ranks
// are threads of a process, each with a device of its own. It sums when the device works, so what a
// stream has not waited for is not in the sum; whoever comes first waits for the others.

using cameo::Bf16;

namespace {

constexpr int kSuccess = 0, kInvalidArgument = 4, kInvalidUsage = 5;  // ncclResult_t
constexpr int kFloat32 = 7, kBfloat16 = 9;                            // ncclDataType_t

struct UniqueId {
  std::array<char, 128> bytes;
};

/// What a rank brings to a sum.
struct Part {
  void* values = nullptr;
  std::size_t count = 0;
  int type = 0;
};

/// The ranks of a communicator. All of it goes by standin::turn().
struct Clique {
  std::vector<Part> parts;
  std::size_t joined = 0, arrived = 0;
  std::size_t rounds = 0;  ///< sums done
  std::condition_variable_any changed;
};

std::map<std::string, std::shared_ptr<Clique>>& cliques() {
  static std::map<std::string, std::shared_ptr<Clique>> all;
  return all;
}

/// What NCCL would answer by a wait without end or by wrong sums.
std::string& complaints() {
  static std::string text;
  return text;
}

std::size_t& sums_done() {
  static std::size_t number = 0;
  return number;
}

template <class T>
void sum(const std::vector<Part>& parts) {
  for (std::size_t i = 0; i < parts[0].count; ++i) {
    T all = static_cast<const T*>(parts[0].values)[i];
    for (std::size_t rank = 1; rank < parts.size(); ++rank)
      all = cameo::from_float<T>(cameo::to_float(all) +
                                 cameo::to_float(static_cast<const T*>(parts[rank].values)[i]));
    for (const Part& part : parts) static_cast<T*>(part.values)[i] = all;
  }
}

void sum_up(const std::vector<Part>& parts) {
  const bool same = std::all_of(parts.begin(), parts.end(), [&](const Part& part) {
    return part.count == parts[0].count && part.type == parts[0].type;
  });
  if (!same)
    complaints() += "ranks sum arrays of different sizes or types; ";
  else if (parts[0].type == kFloat32)
    sum<float>(parts);
  else
    sum<Bf16>(parts);
  ++sums_done();
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): NCCL's names
struct ncclComm {
  std::shared_ptr<Clique> clique;
  std::size_t rank = 0;
  bool aborted = false;
};
/// Sums that are queued or captured keep it alive.
using ncclComm_t = std::shared_ptr<ncclComm>*;

namespace {

/// A piece of the device's work, which holds the turn.
void sum_with_others(ncclComm& communicator, const Part& part) {
  Clique& clique = *communicator.clique;
  if (communicator.aborted) return;
  clique.parts[communicator.rank] = part;
  if (++clique.arrived == clique.parts.size()) {
    sum_up(clique.parts);
    clique.arrived = 0;
    ++clique.rounds;
    clique.changed.notify_all();
    return;
  }
  std::unique_lock turn(standin::turn(), std::adopt_lock);
  const std::size_t round = clique.rounds;
  clique.changed.wait(turn, [&] { return clique.rounds != round || communicator.aborted; });
  turn.release();
}

}  // namespace

extern "C" {

int ncclGetVersion(int* version) {
  if (version == nullptr) return kInvalidArgument;
  *version = 22809;
  return kSuccess;
}

const char* ncclGetErrorString(int result) {
  return result == kInvalidArgument ? "invalid argument"
         : result == kInvalidUsage  ? "invalid usage"
                                    : "no error";
}

int ncclGetUniqueId(UniqueId* id) {
  if (id == nullptr) return kInvalidArgument;
  const std::lock_guard turn(standin::turn());
  static int made = 0;
  const std::string name = "clique " + std::to_string(++made);
  *id = {};
  std::copy(name.begin(), name.end(), id->bytes.begin());
  return kSuccess;
}

int ncclCommInitRank(ncclComm_t* made, int ranks, UniqueId id, int rank) {
  if (made == nullptr || ranks < 1 || rank < 0 || rank >= ranks) return kInvalidArgument;
  std::unique_lock turn(standin::turn());
  std::shared_ptr<Clique>& clique = cliques()[{id.bytes.data(), id.bytes.size()}];
  if (!clique) {
    clique = std::make_shared<Clique>();
    clique->parts.resize(static_cast<std::size_t>(ranks));
  }
  if (clique->parts.size() != static_cast<std::size_t>(ranks)) return kInvalidUsage;
  const std::shared_ptr<Clique> mine = clique;
  ++mine->joined;
  mine->changed.notify_all();
  mine->changed.wait(turn, [&] { return mine->joined >= mine->parts.size(); });
  *made = new std::shared_ptr<ncclComm>(
      std::make_shared<ncclComm>(ncclComm{mine, static_cast<std::size_t>(rank)}));
  return kSuccess;
}

int ncclAllReduce(const void* from, void* to, std::size_t count, int type, int op,
                  ncclComm_t communicator, cudaStream_t stream) {
  constexpr int kSum = 0;
  const bool known = type == kFloat32 || type == kBfloat16;
  const std::size_t bytes = count * (type == kFloat32 ? sizeof(float) : sizeof(Bf16));
  // In place, on the device and in one of its streams; NCCL knows more, the backend asks for this.
  if (communicator == nullptr || !known || op != kSum || from != to || count == 0 ||
      !standin::is_device_memory(to, bytes) || !standin::is_stream(stream))
    return kInvalidArgument;
  const cudaError_t error = standin::submit(
      stream,
      [held = *communicator, part = Part{to, count, type}] { sum_with_others(*held, part); });
  return error == cudaSuccess ? kSuccess : kInvalidUsage;
}

int ncclCommAbort(ncclComm_t communicator) {
  if (communicator == nullptr) return kInvalidArgument;
  {
    const std::lock_guard turn(standin::turn());
    (*communicator)->aborted = true;
    (*communicator)->clique->changed.notify_all();
  }
  delete communicator;
  return kSuccess;
}

int ncclCommDestroy(ncclComm_t communicator) {
  if (communicator == nullptr) return kInvalidArgument;
  {
    const std::lock_guard turn(standin::turn());
    if (communicator->use_count() > 1)
      complaints() += "a communicator is destroyed before the graphs that sum by it; ";
  }
  delete communicator;
  return kSuccess;
}

/// For tests: what was wrong since the last call.
void standinNcclComplaints(std::string* text) {
  const std::lock_guard turn(standin::turn());
  *text = std::exchange(complaints(), {});
}

/// For tests: sums done by all communicators, each counted once.
std::size_t standinNcclSums() {
  const std::lock_guard turn(standin::turn());
  return sums_done();
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
