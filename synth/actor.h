// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "synth/sdf.h"

namespace cameo::synth {

/// How hair lies: parted and falling to the sides, or combed back.
enum class Comb { Sideways, Back };

/// Appearance of an actor: all that stays the same whatever the actor does. Colours are linear RGB
/// albedo; lengths are in decimetres (a head is about 1.5 wide and 2.3 high), and the others are
/// shares of the average head's measure, 1 = average.
struct Actor {
  std::string name;

  Vec3 skin{0.60F, 0.36F, 0.26F};
  Vec3 lips{0.52F, 0.20F, 0.17F};
  Vec3 hair{0.06F, 0.035F, 0.02F};
  Vec3 brow{0.05F, 0.03F, 0.02F};
  Vec3 iris{0.12F, 0.07F, 0.03F};
  Vec3 cloth{0.1F, 0.12F, 0.2F};

  float width = 1;  ///< of the whole head
  float jaw_width = 1;
  float jaw_length = 1;
  float chin = 1;  ///< how far it juts and how broad it is
  float cheekbone = 1;
  float cheek = 1;  ///< fullness
  float brow_ridge = 1;

  float eye_distance = 0.31F;  ///< half the distance of the eyes
  float eye_size = 1;
  float eye_open = 1;
  float eye_tilt = 0.05F;  ///< rise of the outer corner per width
  float brow_height = 0.21F;
  float brow_thickness = 1;
  float brow_arch = 1;

  float nose_length = 1;
  float nose_width = 1;
  float nose_bridge = 1;  ///< width of its back
  float nose_out = 1;

  float mouth_width = 1;
  float upper_lip = 1;
  float lower_lip = 1;

  float hair_volume = 0.07F;  ///< thickness over the skull
  float hair_length = 0;      ///< 0: ends above the ears; else how far below the eyes it ends
  float hairline = 0.70F;     ///< height above the eyes
  Comb comb = Comb::Sideways;
  float beard = 0;     ///< 0 none .. 1 full
  float stubble = 0;   ///< 0 none .. 1 dark
  float freckles = 0;  ///< 0 none .. 1 many
  float blush = 1;     ///< redness of cheeks, nose and ears
};

/// The names that actor() knows.
std::vector<std::string> actor_names();

/// The actor of that name ("a", "b", "c" or "d").
/// Throws Error (Usage) that lists the names if there is none.
Actor actor(std::string_view name);

}  // namespace cameo::synth
