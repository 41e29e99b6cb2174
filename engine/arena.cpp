// SPDX-License-Identifier: MIT
#include "engine/arena.h"

#include <algorithm>
#include <numeric>

#include "base/round_up.h"

namespace cameo {

std::size_t arena_bytes(std::size_t block_bytes) {
  return round_up(block_bytes + kGuardBytes, kArenaAlign);
}

ArenaLayout share_memory(const std::vector<Lifetime>& blocks) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  ArenaLayout layout{.at = std::vector<std::size_t>(blocks.size(), 0)};
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    const std::size_t bytes = arena_bytes(blocks[i].bytes);
    std::size_t at = 0;
    for (const std::size_t other : placed) {
      if (blocks[other].last < blocks[i].first || blocks[i].last < blocks[other].first) continue;
      if (layout.at[other] >= at + bytes) break;
      at = std::max(at, layout.at[other] + arena_bytes(blocks[other].bytes));
    }
    layout.at[i] = at;
    layout.bytes = std::max(layout.bytes, at + bytes);
    const auto behind = std::upper_bound(
        placed.begin(), placed.end(), at,
        [&](std::size_t offset, std::size_t other) { return offset < layout.at[other]; });
    placed.insert(behind, i);
  }
  return layout;
}

}  // namespace cameo
