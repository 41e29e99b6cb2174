// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

#include "synth/actor.h"
#include "synth/scene.h"

namespace cameo::synth {

struct RenderOptions {
  int width = 256;           ///< pixels, 16 .. 8192
  int height = 256;          ///< pixels, 16 .. 8192
  bool smooth_edges = true;  ///< four samples where a pixel differs from its neighbours
};

/// The frame, 8-bit BGR. The same bytes for the same arguments, whatever the number of threads.
/// Throws Error (Usage) if the size is out of range.
cv::Mat render(const Actor& actor, const Performance& performance,
               const RenderOptions& options = {});

enum class Region {
  Face,    ///< the front of the face: skin, eyes, brows, lips, beard; no hair, ears or neck
  Figure,  ///< all of the actor, that is, all that is not background
};

/// Where the region is seen in the frame: 8-bit, one channel, 255 inside and 0 outside.
/// Throws Error (Usage) if the size is out of range.
cv::Mat region(const Actor& actor, const Performance& performance, Region which,
               const RenderOptions& options = {});

/// Where points of the face are in the image, in pixels (the first pixel's middle is 0, 0),
/// whether seen or hidden. Left and right are the image's. Eyes: the middle of the opening; chin:
/// its lowest point.
struct KnownPoints {
  cv::Point2f left_eye, right_eye, nose_tip, left_mouth, right_mouth, chin;
};
KnownPoints known_points(const Actor& actor, const Performance& performance,
                         const RenderOptions& options = {});

}  // namespace cameo::synth
