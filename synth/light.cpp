// SPDX-License-Identifier: MIT
#include "synth/light.h"

#include <algorithm>
#include <cmath>

#include "synth/random.h"

namespace cameo::synth {
namespace {

/// x to the power 2^n, without the maths library: its last bits differ between systems.
float squared(float x, int n) {
  for (int i = 0; i < n; ++i) x *= x;
  return x;
}

/// Tilts the normal as a relief of pores or hairs would.
Vec3 rough(Vec3 normal, Vec3 p, float height) {
  if (height <= 0) return normal;
  const Vec3 g = p * 38.0F;
  const float a = noise(g.x, g.y, g.z) - 0.5F;
  const float b = noise(g.x + 19.0F, g.y, g.z) - 0.5F;
  const float c = noise(g.x, g.y + 19.0F, g.z) - 0.5F;
  return unit(normal + Vec3{a, b, c} * (2.0F * height));
}

/// The lamp's diffuse light. In skin it seeps around the edge of a shadow, red furthest.
Vec3 diffuse(float facing, float seen, float softness) {
  const auto channel = [&](float seep) {
    const float wrap = seep * softness;
    const float lit = std::max(facing + wrap, 0.0F) / (1.0F + wrap);
    return lit * mix(seen, root(seen), std::min(1.6F * wrap, 1.0F));
  };
  return {channel(0.34F), channel(0.14F), channel(0.08F)};
}

float highlight(const Surface& s, Vec3 normal, Vec3 lamp, Vec3 ray) {
  const Vec3 half = unit(lamp - ray);
  if (dot(s.strand, s.strand) > 0.5F) {
    const float t = dot(s.strand, half);
    return s.specular * squared(root(std::max(1.0F - t * t, 0.0F)), s.shine) *
           clamp01(dot(normal, lamp) + 0.35F);
  }
  const float facing = std::max(dot(normal, half), 0.0F);
  const float grazing = squared(1.0F - clamp01(-dot(normal, ray)), 2);
  return (s.specular + 0.25F * s.specular * grazing) * squared(facing, s.shine);
}

}  // namespace

Vec3 shade(const Scene& scene, const Surface& s, const Sight& sight, Reach reach) {
  const Vec3 n = rough(sight.normal, sight.point, s.bump);
  const float facing = dot(n, scene.lamp);
  Vec3 direct = diffuse(facing, reach.lamp, s.softness);
  if (s.stuff == Stuff::Hair) {
    const float t = dot(s.strand, scene.lamp);
    const float around =
        root(std::max(1.0F - t * t, 0.0F)) * clamp01(0.5F + 0.5F * facing) * reach.lamp;
    direct = direct * 0.4F + Vec3{around, around, around} * 0.5F;
  }
  const float overhead = 0.72F + 0.28F * dot(n, scene.up);
  const float open = 0.25F + 0.75F * reach.sky;
  // Light that has been in skin comes out of hollows reddish.
  const Vec3 hollow =
      mix(Vec3{1, 1, 1} * open, Vec3{mix(open, 1.0F, 0.22F), open, open * 0.97F}, s.softness);
  const Vec3 ambient = times(scene.light.sky, hollow) * overhead;
  const Vec3 body = times(s.albedo, ambient + times(scene.light.lamp, direct) * 0.5F);
  const float shine =
      highlight(s, n, scene.lamp, sight.ray) * reach.lamp * clamp01(4.0F * facing + 0.3F);
  const float rim = squared(1.0F - clamp01(-dot(sight.normal, sight.ray)), 2) * 0.10F * open *
                    (s.softness + 0.2F);
  // A window behind the camera: the catch light in the eyes, and sheen elsewhere.
  float window = 0;
  if (s.stuff == Stuff::Eye) {
    const Vec3 half = unit(Vec3{0.25F, 0.42F, 0.9F} - sight.ray);
    window = 0.55F * ramp(0.985F, 0.992F, dot(sight.normal, half));
  }
  // Hair colours its highlight, skin does not.
  const Vec3 gloss =
      s.stuff == Stuff::Hair ? s.albedo * 3.0F + Vec3{0.12F, 0.12F, 0.12F} : Vec3{1, 1, 1};
  return body + times(scene.light.lamp, gloss) * (0.5F * shine) + scene.light.sky * (rim + window);
}

Vec3 shown(Vec3 linear) {
  const auto channel = [](float v) {
    v = std::max(v, 0.0F);
    if (v > 0.55F) v = 0.55F + 0.45F * (v - 0.55F) / (v - 0.55F + 0.45F);
    // The sRGB curve by roots alone, within 0.003 of it.
    const float r2 = root(v);
    const float r4 = root(r2);
    const float r8 = root(r4);
    return clamp01(std::max(0.585122381F * r2 + 0.783140355F * r4 - 0.368262736F * r8, 0.0F));
  };
  return {channel(linear.x), channel(linear.y), channel(linear.z)};
}

}  // namespace cameo::synth
