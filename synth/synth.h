// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "synth/scene.h"

namespace cameo::synth {

/// Options of `cameo synth`.
struct SynthOptions {
  std::string actor = "a";
  std::string out;        ///< folder of the frames 000000.png ..., and of truth.json
  std::string swap_with;  ///< another actor: each frame's exact swap is rendered too
  std::string swap_out;   ///< folder of the exact swaps, the frames' names
  std::string masks_out;  ///< folder of face masks (0 or 255), or "" for none; with swap_with where
                          ///< both show face
  int frames = 100;
  std::int64_t first_frame = 0;  ///< number of the first frame in the sequence of this seed
  std::uint64_t seed = 1;
  int width = 256, height = 256;  ///< pixels
  SceneOptions scene;
  bool overwrite = false;  ///< write into folders that hold something already
};

struct SynthResult {
  int frames = 0;  ///< how many were written: fewer than asked for if stopped
  double seconds = 0;
  std::string truth;  ///< path of truth.json
};

/// File name of a frame: 7 -> "000007.png".
std::string frame_name(std::int64_t number);

/// Called after each frame; false stops after it.
using SynthProgress = std::function<bool(int done, int total)>;

/// Renders a sequence of an actor into a folder, with exact swaps and masks if asked. truth.json
/// holds, for each frame, every parameter of the performance and the true places of known points.
/// Throws Error: Usage for options that cannot be met or a folder that is not empty (unless
/// overwrite), Input if a file cannot be written.
SynthResult synthesize(const SynthOptions& options, const SynthProgress& progress = {});

}  // namespace cameo::synth
