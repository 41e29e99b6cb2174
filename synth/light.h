// SPDX-License-Identifier: MIT
#pragma once
#include "synth/paint.h"
#include "synth/scene.h"

namespace cameo::synth {

/// The light, with its directions in head space.
struct Scene {
  const Light& light;
  Vec3 lamp;  ///< towards the lamp
  Vec3 up;
};

/// Where and from where a surface is seen; head space.
struct Sight {
  Vec3 point, normal, ray;
};

/// The shares of lamp and sky that reach a point, 0 .. 1.
struct Reach {
  float lamp, sky;
};

/// The light that the surface sends to the camera, linear RGB.
Vec3 shade(const Scene& scene, const Surface& surface, const Sight& sight, Reach reach);

/// Linear light as a screen shows it: bright tones are bent to stay below 1, then the sRGB curve. 0
/// .. 1.
Vec3 shown(Vec3 linear);

}  // namespace cameo::synth
