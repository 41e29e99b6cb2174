// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "engine/exec.h"
#include "model/net/side.h"

namespace cameo {

/// A trained model opened for conversion: encoder and one decoder, weights fixed.
class Swapper {
 public:
  virtual ~Swapper() = default;
  /// Side of the square faces, in pixels.
  virtual int size() const = 0;
  /// Side of what the square shows of a 256-pixel face, in pixels.
  virtual int coverage() const { return 160; }
  /// Faces that one run takes.
  virtual int batch() const = 0;
  /// x, y: [count, size, size, 3] BGR floats in 0..1, count <= batch().
  virtual void run(std::span<const float> x, std::span<float> y, int count) = 0;
};

struct SwapperOptions {
  Side side = Side::B;         ///< the decoder to use; B puts B's face into A's images
  int batch = 1;               ///< faces at a time
  bool match_latents = false;  ///< latent_stats.h. Throws Error (ErrorCode::Format) if the model
                               ///< holds no moments: training saves them
};

/// Opens the model that training wrote into folder `model` (`model.safetensors` there), or a file.
/// exec: where to draw; a Cpu without a wish of its own draws in one fixed way, so that the same
/// frames come out of every run.
/// Throws Error (ErrorCode::Input) if nothing is there, ErrorCode::Format if it is not a Cameo
/// model.
std::unique_ptr<Swapper> open_swapper(const std::filesystem::path& model,
                                      const SwapperOptions& options = {}, Exec exec = Cpu());

}  // namespace cameo
