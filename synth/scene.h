// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "synth/sdf.h"

namespace cameo::synth {

/// Pose of the head. Angles in radians; 0 looks into the camera.
struct Pose {
  float yaw = 0;    ///< > 0 turns the face to the image's right
  float pitch = 0;  ///< > 0 looks up
  float roll = 0;   ///< > 0 tilts the head anticlockwise in the image
  float x = 0,
        y = 0;          ///< the face's middle from the image's, in shares of the shorter side; y up
  float scale = 0.27F;  ///< pixels a decimetre, as a share of the shorter side
};

/// Expression of the face; all 0 is neutral.
struct Expression {
  float mouth_open = 0;  ///< 0 .. 1
  float smile = 0;       ///< -0.4 sad .. 1
  float pucker = 0;      ///< 0 .. 1
  float blink = 0;       ///< 0 open .. 1 closed
  float brow_raise = 0;  ///< -1 frown .. 1
  float gaze_x = 0;      ///< radians, > 0 to the image's right
  float gaze_y = 0;      ///< radians, > 0 up
};

/// One lamp with a direction, one sky. Linear RGB.
struct Light {
  Vec3 direction{0.4F, 0.5F,
                 0.77F};  ///< towards the lamp; x right, y up, z to the camera; unit length
  Vec3 lamp{2.0F, 1.9F, 1.8F};
  Vec3 sky{0.55F, 0.58F, 0.65F};
};

/// What is behind the actor, drawn from a seed.
struct Background {
  Vec3 top{0.3F, 0.35F, 0.4F};
  Vec3 bottom{0.15F, 0.15F, 0.18F};
  std::uint64_t seed = 0;
};

/// All of a frame but the actor: two actors in the same performance are each other's exact swap.
struct Performance {
  Pose pose;
  Expression expression;
  Light light;
  Background background;
  std::uint64_t noise_seed = 0;
  float noise = 1.5F;  ///< of the sensor, in levels of 255, as a standard deviation
};

enum class Motion {
  Random,  ///< every frame on its own
  Clip,    ///< frames that flow into each other
};

struct SceneOptions {
  Motion motion = Motion::Random;
  double fps = 25;          ///< of a clip
  double loop_seconds = 0;  ///< of a clip: > 0 makes frame 0 follow the last one
};

/// The performance of one frame. The same arguments yield the same numbers on every machine, and a
/// frame does not depend on which others were asked for.
Performance scene(std::uint64_t seed, std::int64_t frame, const SceneOptions& options = {});

}  // namespace cameo::synth
