// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>

#include "synth/head.h"

namespace cameo::synth {

/// A camera a metre or so in front of the head, in head space.
class Camera {
 public:
  Camera(const Pose& pose, int width, int height)
      : to_world_(head_to_world(pose)),
        to_head_(to_world_.inverse()),
        pixels_(pose.scale * static_cast<float>(std::min(width, height))),
        middle_x_(0.5F * static_cast<float>(width)),
        middle_y_(0.5F * static_cast<float>(height)),
        shift_(Vec3{pose.x / pose.scale, pose.y / pose.scale, 0} - kFaceMiddle),
        origin_(into_head({0, 0, kDistance})) {}

  Vec3 origin() const { return origin_; }
  Vec3 into_head_direction(Vec3 world) const { return to_head_(world); }
  /// Decimetres that a pixel covers at the distance of the head.
  float pixel() const { return 1.0F / pixels_; }

  /// The direction of the ray through a place in the image; the first pixel covers 0 .. 1. Unit
  /// length.
  Vec3 ray(float x, float y) const {
    return unit(to_head_(Vec3{(x - middle_x_) / pixels_, (middle_y_ - y) / pixels_, -kDistance}));
  }
  /// The image's place of a point in head space; x and y in pixels, z its distance in front.
  Vec3 project(Vec3 p) const {
    const Vec3 w = to_world_(p - kPivot) + kPivot + shift_;
    const float near = kDistance / (kDistance - w.z);
    return {middle_x_ + w.x * near * pixels_, middle_y_ - w.y * near * pixels_, kDistance - w.z};
  }

  static constexpr float kDistance = 9.0F;

 private:
  static constexpr Vec3 kFaceMiddle{0.0F, -0.25F, 0.0F};
  Vec3 into_head(Vec3 world) const { return to_head_(world - shift_ - kPivot) + kPivot; }

  Rotation to_world_, to_head_;
  float pixels_, middle_x_, middle_y_;
  Vec3 shift_;
  Vec3 origin_;
};

}  // namespace cameo::synth
