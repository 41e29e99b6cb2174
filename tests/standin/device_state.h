// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "runtime_api.h"

// What the stand-in for CUDA's runtime keeps: its memory and its queue of work.

namespace standin {

using Work = std::function<void()>;

/// Pieces of work, each with those that must be done before it, which are older.
struct Program {
  struct Piece {
    Work work;
    std::vector<std::size_t> after;
    bool done = false;
  };
  std::vector<Piece> pieces;
};

/// An allocation ends at a page that nobody may touch, and its own pages are closed to the host.
struct Block {
  std::byte* pages = nullptr;
  std::size_t bytes = 0;  ///< of the pages that may be opened
};

struct Device {
  standin::Machine machine;
  std::map<const std::byte*, std::pair<Block, std::size_t>> memory;  ///< start -> pages, size
  std::map<const std::byte*, std::size_t> managed, pinned;           ///< start -> size
  std::size_t used = 0;
  Program queue;
  std::uint64_t emptied = 0;  ///< how often the queue was
  int waits = 0, launches = 0;
  CUgraph_st* capture = nullptr;  ///< the one that is being made
  std::set<cudaStream_t> streams;
  double clock = 0;  ///< milliseconds of work done
  cudaError_t last = cudaSuccess;
};

/// The thread's own device, or the one of all threads that have none.
Device& device();

/// While it lives, its thread has a device of its own, with memory, streams and a queue: so threads
/// are ranks with a GPU each.
class OwnDevice {
 public:
  OwnDevice();
  ~OwnDevice();
  OwnDevice(const OwnDevice&) = delete;
  OwnDevice& operator=(const OwnDevice&) = delete;

 private:
  Device own_;
  Device* before_;
};

/// Keeps an error for cudaGetLastError; yields it.
cudaError_t said(cudaError_t error);

/// Does all that is queued.
void work_off();

}  // namespace standin
