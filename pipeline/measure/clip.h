// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "pipeline/face/geometry.h"
#include "pipeline/measure/flicker.h"

namespace cameo {

/// A frame of a clip with what is known of its face. Landmarks that are not known are empty.
struct ClipFrame {
  std::string name;  ///< without a suffix; the number at its end says where it belongs
  SwappedFrame images;
  Landmarks face;      ///< of the original, as the swap went by
  Landmarks swap;      ///< found in the swapped frame
  Landmarks original;  ///< found in the original frame
};

/// Whether `after` comes right after `before` in a clip: their names are equal but for numbers at
/// the end that follow each other, and the face, where it is known, moves on average by less than
/// half the distance between its eyes. A cut, a gap and a change of face end a clip.
bool follows(const ClipFrame& before, const ClipFrame& after);

struct ClipMeasures {
  std::optional<double> flicker;          ///< from the frame before to this one
  std::optional<double> jitter;           ///< of the frame before this one, in the swap
  std::optional<double> jitter_original;  ///< the same in the original
};

/// Measures frames that follow each other; keeps two of them.
class Clip {
 public:
  /// What the next frame lets know. Frames come in their order.
  ClipMeasures add(ClipFrame frame);

 private:
  std::vector<ClipFrame> last_;  // that follow each other, two at most
};

}  // namespace cameo
