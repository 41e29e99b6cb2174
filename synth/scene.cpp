// SPDX-License-Identifier: MIT
#include "synth/scene.h"

#include <cmath>

#include "base/error.h"
#include "synth/random.h"

namespace cameo::synth {
namespace {

// One stream of random numbers for each thing, so that a change to one leaves the others as they
// are.
constexpr std::uint64_t kScenery = 1;
constexpr std::uint64_t kFrame = 2;
constexpr std::uint64_t kMotion = 3;
constexpr std::uint64_t kBlinks = 4;
constexpr std::uint64_t kNoise = 5;

Light random_light(Draw& draw) {
  Light light;
  light.direction =
      unit(Vec3{draw.uniform(-1.0F, 1.0F), draw.uniform(0.05F, 0.85F), draw.uniform(0.7F, 1.1F)});
  const float warmth = draw.uniform(-1.0F, 1.0F);
  const float power = draw.uniform(1.25F, 2.05F);
  light.lamp = Vec3{1.0F + 0.10F * warmth, 1.0F, 1.0F - 0.16F * warmth} * power;
  const float tint = draw.uniform(-1.0F, 1.0F);
  light.sky = Vec3{1.0F - 0.08F * tint, 1.0F, 1.0F + 0.14F * tint} * draw.uniform(0.36F, 0.70F);
  return light;
}

Background random_background(Draw& draw) {
  const float bright = draw.uniform(0.05F, 0.5F);
  const auto colour = [&](float level) {
    return Vec3{level * draw.uniform(0.55F, 1.3F), level * draw.uniform(0.6F, 1.2F),
                level * draw.uniform(0.55F, 1.35F)};
  };
  Background background;
  background.top = colour(bright);
  background.bottom = colour(bright * draw.uniform(0.35F, 1.0F));
  background.seed = draw.bits();
  return background;
}

Expression random_expression(Draw& draw) {
  Expression e;
  e.mouth_open = draw.chance(0.45F) ? 0.03F * draw.uniform(0, 1)
                                    : draw.uniform(0.05F, 1.0F) * draw.uniform(0.3F, 1.0F);
  e.smile = draw.chance(0.4F) ? draw.uniform(0.2F, 1.0F) : draw.uniform(-0.3F, 0.3F);
  e.pucker = draw.chance(0.15F) ? draw.uniform(0.2F, 0.8F) : 0.0F;
  e.blink = draw.chance(0.12F) ? draw.uniform(0.4F, 1.0F) : draw.uniform(0.0F, 0.22F);
  e.brow_raise = draw.bell();
  e.gaze_x = 0.35F * draw.bell();
  e.gaze_y = 0.2F * draw.bell();
  return e;
}

Performance random_frame(std::uint64_t seed, std::int64_t frame) {
  Draw draw(mix_bits(seed) + static_cast<std::uint64_t>(frame), kFrame);
  Performance p;
  p.pose = {.yaw = draw.uniform(-0.52F, 0.52F) * draw.uniform(0.4F, 1.0F),
            .pitch = 0.23F * draw.bell(),
            .roll = 0.20F * draw.bell(),
            .x = 0.07F * draw.bell(),
            .y = 0.04F * draw.bell() + 0.01F,
            .scale = draw.uniform(0.245F, 0.305F)};
  p.expression = random_expression(draw);
  p.light = random_light(draw);
  p.background = random_background(draw);
  p.noise = draw.uniform(0.8F, 2.2F);
  return p;
}

/// Slow wandering between about -1 and 1: three sines whose rates lie around `rate` per second.
/// A loop takes whole numbers of turns, so that its end meets its beginning.
float wander(Draw& draw, double seconds, double rate, double loop_seconds) {
  double sum = 0;
  for (const double share : {0.55, 1.0, 1.7}) {
    double turns = rate * share * draw.uniform(0.8F, 1.25F);
    if (loop_seconds > 0) {
      turns = std::floor(turns * loop_seconds + 0.5) / loop_seconds;
      if (turns <= 0) turns = 1 / loop_seconds;
    }
    sum += sine_of_turns(turns * seconds + draw.uniform(0, 1)) / (1 + share);
  }
  return static_cast<float>(sum * 0.75);
}

/// How far the lids are closed: one blink of a third of a second in each slot of three seconds or
/// so.
float blinking(std::uint64_t seed, double seconds, double loop_seconds) {
  const double slots = loop_seconds > 0 ? std::floor(loop_seconds / 3) : 0;
  if (loop_seconds > 0 && slots < 1) return 0;
  const double slot_seconds = loop_seconds > 0 ? loop_seconds / slots : 3.0;
  const double slot = std::floor(seconds / slot_seconds);
  Draw draw(mix_bits(seed) + static_cast<std::uint64_t>(static_cast<std::int64_t>(slot)), kBlinks);
  const double middle = draw.uniform(0.3F, static_cast<float>(slot_seconds) - 0.3F);
  const float away = static_cast<float>(std::fabs(seconds - slot * slot_seconds - middle));
  return 1.0F - ramp(0.04F, 0.17F, away);
}

Performance clip_frame(std::uint64_t seed, std::int64_t frame, const SceneOptions& options) {
  double seconds = static_cast<double>(frame) / options.fps;
  const double loop = options.loop_seconds;
  if (loop > 0) seconds -= std::floor(seconds / loop) * loop;
  Draw scenery(seed, kScenery);
  Draw draw(seed, kMotion);
  const auto sway = [&](double rate) { return wander(draw, seconds, rate, loop); };

  Performance p;
  p.light = random_light(scenery);
  p.background = random_background(scenery);
  p.noise = scenery.uniform(0.8F, 2.2F);
  p.pose.scale = scenery.uniform(0.25F, 0.29F) * (1.0F + 0.03F * sway(0.15));
  p.pose.yaw = 0.42F * sway(0.22);
  p.pose.pitch = 0.15F * sway(0.25);
  p.pose.roll = 0.11F * sway(0.2);
  p.pose.x = 0.04F * sway(0.2);
  p.pose.y = 0.01F + 0.02F * sway(0.25);
  const float talking = ramp(-0.2F, 0.4F, sway(0.2));
  p.expression.mouth_open = clamp01(talking * (0.32F + 0.45F * sway(2.2)));
  p.expression.smile = 0.3F + 0.55F * sway(0.22);
  p.expression.pucker = talking * clamp01(0.6F * sway(1.3) - 0.1F);
  p.expression.brow_raise = 0.8F * sway(0.3);
  p.expression.gaze_x = 0.25F * sway(0.35);
  p.expression.gaze_y = 0.12F * sway(0.35);
  p.expression.blink = most(0.08F, blinking(seed, seconds, loop));
  return p;
}

}  // namespace

Performance scene(std::uint64_t seed, std::int64_t frame, const SceneOptions& options) {
  check(frame >= 0, ErrorCode::Usage, "scene: frame ", frame, " is below 0");
  check(options.fps > 0, ErrorCode::Usage, "scene: fps is ", options.fps, "; it must be above 0");
  Performance p =
      options.motion == Motion::Clip ? clip_frame(seed, frame, options) : random_frame(seed, frame);
  p.noise_seed = Draw(mix_bits(seed) + static_cast<std::uint64_t>(frame), kNoise).bits();
  return p;
}

}  // namespace cameo::synth
