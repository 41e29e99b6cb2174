// SPDX-License-Identifier: MIT
#include "synth/actor.h"

#include <charconv>
#include <cstdint>

#include "base/error.h"
#include "synth/random_actor.h"

namespace cameo::synth {
namespace {

Actor actor_a() {
  return {.name = "a",
          .skin = {0.64F, 0.40F, 0.30F},
          .lips = {0.50F, 0.13F, 0.13F},
          .hair = {0.07F, 0.030F, 0.014F},
          .brow = {0.06F, 0.030F, 0.018F},
          .iris = {0.10F, 0.20F, 0.26F},
          .cloth = {0.30F, 0.06F, 0.08F},
          .width = 0.97F,
          .jaw_width = 0.95F,
          .jaw_length = 0.97F,
          .chin = 0.85F,
          .cheekbone = 1.05F,
          .cheek = 1.05F,
          .brow_ridge = 0.75F,
          .eye_size = 1.05F,
          .eye_open = 1.15F,
          .eye_tilt = 0.09F,
          .brow_height = 0.235F,
          .brow_thickness = 0.75F,
          .brow_arch = 1.4F,
          .nose_length = 0.94F,
          .nose_width = 0.86F,
          .nose_bridge = 0.85F,
          .nose_out = 0.95F,
          .mouth_width = 0.96F,
          .upper_lip = 1.05F,
          .lower_lip = 1.1F,
          .hair_volume = 0.10F,
          .hair_length = 1.15F,
          .freckles = 0.5F,
          .blush = 1.3F};
}

Actor actor_b() {
  return {.name = "b",
          .skin = {0.42F, 0.225F, 0.14F},
          .lips = {0.27F, 0.10F, 0.085F},
          .hair = {0.016F, 0.012F, 0.010F},
          .brow = {0.012F, 0.009F, 0.008F},
          .iris = {0.07F, 0.035F, 0.015F},
          .cloth = {0.12F, 0.16F, 0.20F},
          .width = 1.03F,
          .jaw_width = 1.12F,
          .jaw_length = 1.04F,
          .chin = 1.2F,
          .cheekbone = 1.0F,
          .cheek = 0.9F,
          .brow_ridge = 1.35F,
          .eye_distance = 0.315F,
          .eye_size = 0.97F,
          .eye_open = 0.88F,
          .eye_tilt = 0.02F,
          .brow_height = 0.195F,
          .brow_thickness = 1.5F,
          .brow_arch = 0.5F,
          .nose_length = 1.05F,
          .nose_width = 1.22F,
          .nose_bridge = 1.25F,
          .nose_out = 1.05F,
          .mouth_width = 1.06F,
          .upper_lip = 0.95F,
          .lower_lip = 1.1F,
          .hair_volume = 0.045F,
          .hairline = 0.72F,
          .comb = Comb::Back,
          .beard = 0.75F,
          .stubble = 0.6F,
          .blush = 0.6F};
}

Actor actor_c() {
  return {.name = "c",
          .skin = {0.66F, 0.44F, 0.33F},
          .lips = {0.48F, 0.19F, 0.16F},
          .hair = {0.30F, 0.18F, 0.075F},
          .brow = {0.20F, 0.12F, 0.06F},
          .iris = {0.10F, 0.16F, 0.09F},
          .cloth = {0.07F, 0.10F, 0.06F},
          .width = 1.0F,
          .jaw_width = 1.05F,
          .jaw_length = 1.05F,
          .chin = 1.1F,
          .cheekbone = 0.9F,
          .cheek = 0.85F,
          .brow_ridge = 1.2F,
          .eye_distance = 0.305F,
          .eye_open = 0.95F,
          .eye_tilt = 0.0F,
          .brow_thickness = 1.05F,
          .brow_arch = 0.7F,
          .nose_length = 1.1F,
          .nose_width = 0.95F,
          .nose_out = 1.15F,
          .mouth_width = 1.02F,
          .upper_lip = 0.7F,
          .lower_lip = 0.8F,
          .hair_volume = 0.08F,
          .hairline = 0.76F,
          .stubble = 0.35F,
          .blush = 1.1F};
}

Actor actor_d() {
  return {.name = "d",
          .skin = {0.56F, 0.36F, 0.235F},
          .lips = {0.46F, 0.13F, 0.12F},
          .hair = {0.012F, 0.010F, 0.010F},
          .brow = {0.012F, 0.010F, 0.010F},
          .iris = {0.045F, 0.025F, 0.012F},
          .cloth = {0.42F, 0.40F, 0.36F},
          .width = 1.02F,
          .jaw_width = 0.98F,
          .jaw_length = 0.94F,
          .chin = 0.9F,
          .cheekbone = 1.15F,
          .cheek = 1.15F,
          .brow_ridge = 0.55F,
          .eye_distance = 0.32F,
          .eye_open = 0.85F,
          .eye_tilt = 0.13F,
          .brow_height = 0.23F,
          .brow_thickness = 0.9F,
          .nose_length = 0.96F,
          .nose_width = 1.05F,
          .nose_bridge = 1.1F,
          .nose_out = 0.86F,
          .mouth_width = 0.94F,
          .upper_lip = 1.0F,
          .lower_lip = 1.05F,
          .hair_volume = 0.09F,
          .hair_length = 0.75F,
          .hairline = 0.68F,
          .blush = 0.9F};
}

}  // namespace

std::vector<std::string> actor_names() {
  return {"a", "b", "c", "d"};
}

Actor actor(std::string_view name) {
  for (const Actor& one : {actor_a(), actor_b(), actor_c(), actor_d()}) {
    if (one.name == name) return one;
  }
  constexpr std::string_view kRandom = "random:";
  if (name.starts_with(kRandom)) {
    const std::string_view digits = name.substr(kRandom.size());
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    if (error == std::errc() && end == digits.data() + digits.size()) return random_actor(seed);
  }
  std::string known;
  for (const std::string& one : actor_names()) known += (known.empty() ? "" : ", ") + one;
  fail(ErrorCode::Usage, "actor: there is none named '", name, "'; choose one of ", known,
       ", random:SEED");
}

}  // namespace cameo::synth
