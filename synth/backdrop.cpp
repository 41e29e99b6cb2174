// SPDX-License-Identifier: MIT
#include "synth/backdrop.h"

#include <cmath>

#include "synth/light.h"
#include "synth/random.h"

namespace cameo::synth {

Backdrop::Backdrop(const Background& background, int width, int height)
    : background_(background),
      scale_x_(1.0F / static_cast<float>(width)),
      scale_y_(1.0F / static_cast<float>(height)) {
  Draw draw(background.seed, 1);
  const float level = (background.top.x + background.top.y + background.top.z) / 3;
  for (Blob& b : blobs_) {
    b = {draw.uniform(-0.1F, 1.1F),
         draw.uniform(-0.1F, 1.1F),
         draw.uniform(0.08F, 0.45F),
         {0, 0, 0}};
    const float gain = level * draw.uniform(-0.35F, 0.9F);
    b.tint =
        Vec3{draw.uniform(0.5F, 1.3F), draw.uniform(0.6F, 1.2F), draw.uniform(0.5F, 1.3F)} * gain;
  }
  for (Band& b : bands_) {
    b = {draw.uniform(0, 1), draw.uniform(0.04F, 0.2F), draw.uniform(0.01F, 0.08F),
         draw.uniform(-0.4F, 0.4F)};
  }
}

Vec3 Backdrop::colour(float x, float y) const {
  const float u = x * scale_x_;
  const float v = y * scale_y_;
  Vec3 c = mix(background_.top, background_.bottom, ramp(0.0F, 1.0F, v));
  for (const Band& b : bands_) {
    c = c * (1.0F + b.gain * (1.0F - ramp(b.half, b.half + b.blur, std::fabs(u - b.x))));
  }
  for (const Blob& b : blobs_) {
    const float dx = u - b.x;
    const float dy = v - b.y;
    const float t = clamp01(1.0F - (dx * dx + dy * dy) / (b.reach * b.reach));
    c = c + b.tint * (t * t);
  }
  return shown(c);
}

}  // namespace cameo::synth
