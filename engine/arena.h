// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <vector>

namespace cameo {

constexpr std::size_t kArenaAlign = 256;  ///< bytes: what cuDNN and TMA like
constexpr std::size_t kGuardBytes = 64;   ///< behind every block; nobody may write them

/// A block of memory and the steps of a program that use it, first and last included.
struct Lifetime {
  std::size_t bytes = 0;
  int first = 0, last = 0;
};

/// Offsets of blocks in one piece of memory.
struct ArenaLayout {
  std::vector<std::size_t> at;
  std::size_t bytes = 0;  ///< of the whole, guards and alignment included
};

/// What a block takes of an arena.
std::size_t arena_bytes(std::size_t block_bytes);

/// Places blocks so that those in use at the same step do not overlap: the largest first, each at
/// the lowest offset that is free during its lifetime. Within a few percent of the least memory for
/// networks. Source: Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural Net
/// Inference", section 5 (greedy by size).
ArenaLayout share_memory(const std::vector<Lifetime>& blocks);

}  // namespace cameo
