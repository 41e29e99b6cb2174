// SPDX-License-Identifier: MIT
#pragma once
#include <array>

#include "synth/scene.h"

namespace cameo::synth {

/// The image behind the actor: a gradient with soft round lights and blurred upright edges.
class Backdrop {
 public:
  Backdrop(const Background& background, int width, int height);
  /// The colour at a place in the image in pixels, as shown: 0 .. 1.
  Vec3 colour(float x, float y) const;

 private:
  struct Blob {
    float x, y, reach;
    Vec3 tint;
  };
  struct Band {
    float x, half, blur, gain;
  };

  Background background_;
  float scale_x_, scale_y_;
  std::array<Blob, 6> blobs_{};
  std::array<Band, 3> bands_{};
};

}  // namespace cameo::synth
