// SPDX-License-Identifier: MIT
#pragma once
#include <array>

namespace cameo {

/// Embedding of a face in 128 dimensions, in which one person's faces lie near each other.
using Descriptor = std::array<float, 128>;

}  // namespace cameo
