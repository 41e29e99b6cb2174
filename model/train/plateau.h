// SPDX-License-Identifier: MIT
#pragma once
#include <limits>
#include <string>

namespace cameo {

/// A learning rate that falls when a loss no longer does: by half, each time that the loss was not
/// below its least for `patience` measurements, down to 2 % of the full rate. Source: torch's
/// ReduceLROnPlateau.
struct Plateau {
  double least = std::numeric_limits<double>::infinity();  ///< loss so far
  int waited = 0;    ///< measurements since then, or since the rate fell
  double share = 1;  ///< of the full rate

  bool operator==(const Plateau&) const = default;
};

/// Takes a measured loss. Returns whether the rate falls. patience: 1 at least.
bool take_loss(Plateau& plateau, double loss, int patience);

/// As text for a checkpoint, and back; text of another kind is a plateau that nothing was measured
/// for.
std::string text_of(const Plateau& plateau);
Plateau parse_plateau(const std::string& text);

}  // namespace cameo
