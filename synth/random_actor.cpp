// SPDX-License-Identifier: MIT
#include "synth/random_actor.h"

#include "synth/random.h"

namespace cameo::synth {
namespace {

constexpr std::uint64_t kStream = 0xAC7012;  // apart from those of poses, light and textures

/// Skin from dark to light, as reflectance measured of people's cheeks goes: red falls less than
/// green, green less than blue. Tone 0 to 1.
Vec3 skin_of(float tone, float warmth) {
  const float light = 0.16F + 0.56F * tone;
  return {light, light * (0.53F + 0.17F * tone - 0.04F * warmth),
          light * (0.33F + 0.24F * tone - 0.08F * warmth)};
}

Vec3 scaled(Vec3 colour, float by) {
  return {colour.x * by, colour.y * by, colour.z * by};
}

Vec3 hair_of(Draw& draw, float tone) {
  // Fair hair on fair skin only.
  const float fair = draw.chance(0.45F) ? tone * draw.uniform(0, 1) : 0;
  const float light = 0.012F + 0.30F * fair * fair, red = draw.uniform(0, 1) * fair;
  return {light, light * (0.80F - 0.25F * red - 0.2F * fair),
          light * (0.75F - 0.45F * fair - 0.1F * red)};
}

Vec3 iris_of(Draw& draw, float tone) {
  switch (draw.chance(0.6F * tone) ? draw.bits() % 3 : 3) {
    case 0:
      return {0.10F, 0.20F, 0.28F};  // blue
    case 1:
      return {0.10F, 0.17F, 0.09F};  // green
    case 2:
      return {0.16F, 0.10F, 0.04F};  // hazel
    default:
      return scaled({0.09F, 0.045F, 0.018F}, draw.uniform(0.4F, 1.4F));
  }
}

}  // namespace

Actor random_actor(std::uint64_t seed) {
  Draw draw(seed, kStream);
  const auto about = [&](float middle, float spread) { return middle + spread * draw.bell(); };
  Actor a{.name = "random:" + std::to_string(seed)};
  const float tone = draw.uniform(0, 1);
  a.skin = skin_of(tone, draw.uniform(-1, 1));
  a.lips = {a.skin.x * about(0.82F, 0.15F), a.skin.y * about(0.42F, 0.12F),
            a.skin.z * about(0.55F, 0.15F)};
  a.hair = hair_of(draw, tone);
  a.brow = scaled(a.hair, draw.uniform(0.5F, 1));
  a.iris = iris_of(draw, tone);
  a.cloth = {draw.uniform(0.03F, 0.5F), draw.uniform(0.03F, 0.5F), draw.uniform(0.03F, 0.5F)};

  a.width = about(1, 0.07F);
  a.jaw_width = about(1.03F, 0.16F);
  a.jaw_length = about(1, 0.10F);
  a.chin = about(1, 0.35F);
  a.cheekbone = about(1, 0.2F);
  a.cheek = about(1, 0.25F);
  a.brow_ridge = about(0.95F, 0.5F);

  a.eye_distance = about(0.312F, 0.015F);
  a.eye_size = about(1, 0.08F);
  a.eye_open = about(1, 0.22F);
  a.eye_tilt = about(0.06F, 0.09F);
  a.brow_height = about(0.215F, 0.03F);
  a.brow_thickness = about(1, 0.5F);
  a.brow_arch = about(0.95F, 0.6F);

  a.nose_length = about(1, 0.12F);
  a.nose_width = about(1.03F, 0.24F);
  a.nose_bridge = about(1.05F, 0.28F);
  a.nose_out = about(1, 0.18F);

  a.mouth_width = about(1, 0.09F);
  a.upper_lip = about(0.95F, 0.3F);
  a.lower_lip = about(1, 0.25F);

  a.hair_volume = draw.uniform(0.04F, 0.11F);
  a.hair_length = draw.chance(0.5F) ? draw.uniform(0.4F, 1.3F) : 0;
  a.hairline = about(0.71F, 0.05F);
  a.comb = draw.chance(0.5F) ? Comb::Sideways : Comb::Back;
  const bool hairy = a.hair_length == 0 && draw.chance(0.6F);
  a.stubble = hairy ? draw.uniform(0, 0.8F) : 0;
  a.beard = hairy && draw.chance(0.4F) ? draw.uniform(0.3F, 1) : 0;
  a.freckles = draw.chance(0.3F) ? draw.uniform(0.1F, 1) * tone : 0;
  a.blush = draw.uniform(0.4F, 1.4F);
  return a;
}

}  // namespace cameo::synth
