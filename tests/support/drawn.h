// SPDX-License-Identifier: MIT
#pragma once
#include <string_view>

#include <opencv2/core.hpp>

#include "synth/render.h"

namespace cameo::test {

/// How an actor stands in a drawn frame.
struct Pose {
  int size = 200;  ///< of the square frame
  float yaw = 0, x = 0, smile = 0;
};

inline synth::Performance performance(const Pose& pose) {
  synth::Performance out;
  out.pose.yaw = pose.yaw;
  out.pose.x = pose.x;
  out.expression.smile = pose.smile;
  return out;
}

/// A drawn head that the detector finds.
inline cv::Mat drawn_face(const Pose& pose = {}, std::string_view name = "a") {
  return synth::render(synth::actor(name), performance(pose),
                       {.width = pose.size, .height = pose.size});
}

/// Where its eyes, nose, mouth and chin are.
inline synth::KnownPoints drawn_points(const Pose& pose = {}, std::string_view name = "a") {
  return synth::known_points(synth::actor(name), performance(pose),
                             {.width = pose.size, .height = pose.size});
}

}  // namespace cameo::test
