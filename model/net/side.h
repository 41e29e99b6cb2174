// SPDX-License-Identifier: MIT
#pragma once

namespace cameo {

/// One of the two persons of a model; also whose decoder renders a face.
enum class Side { A, B };

constexpr Side other(Side side) {
  return side == Side::A ? Side::B : Side::A;
}

}  // namespace cameo
