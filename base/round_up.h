// SPDX-License-Identifier: MIT
#pragma once

namespace cameo {

/// The smallest multiple of `step` that is not below `count` (both positive or zero).
template <class Count, class Step>
constexpr Count round_up(Count count, Step step) {
  const auto by = static_cast<Count>(step);
  return (count + by - 1) / by * by;
}

}  // namespace cameo
