// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "engine/exec.h"
#include "kernels/face_crop.h"
#include "model/net/graphs.h"
#include "model/net/side.h"

namespace cameo {

/// A trained model opened for inference: encoder and one decoder, weights fixed.
class Swapper {
 public:
  virtual ~Swapper() = default;
  /// Side of the square faces that it reads and renders, in pixels.
  virtual int size() const = 0;
  /// Side of what the square shows of a 256-pixel face, in pixels.
  virtual int coverage() const { return kFaceCoverage; }
  /// Most faces of one run.
  virtual int batch() const = 0;
  /// Whether it renders a mask that it has learned.
  virtual bool has_mask() const { return false; }
  /// The masks of the faces of the last run, [count, size, size, 1] in 0..1; empty without.
  virtual std::span<const float> masks() const { return {}; }
  /// Renders faces. x, y: [count, size, size, 3] BGR floats in 0..1, count <= batch().
  virtual void run(std::span<const float> x, std::span<float> y, int count) = 0;
};

struct SwapperOptions {
  Side side = Side::B;  ///< the decoder to use; B puts B's face into A's images
  int batch = 0;  ///< most faces of one run; 0: 1 on a CPU, where more gain nothing, 16 on a GPU
  /// load_matched_network() from the other side's latents to the decoder's; throws Error
  /// (ErrorCode::Format) if the model holds no LatentStats: training saves them.
  bool match_latents = false;
  Rendering what = Rendering::Swap;  ///< whose faces it is given
};

/// Opens a model: its folder, or its file. exec: the device; on a Cpu without a forced_algorithm it
/// sets one, so that every run yields the same bits.
/// Throws Error (ErrorCode::Input) if there is none, ErrorCode::Format if it is not a Cameo model.
std::unique_ptr<Swapper> open_swapper(const std::filesystem::path& model,
                                      const SwapperOptions& options = {}, Exec exec = Cpu());

/// A network with random weights drawn from `seed`, for measurements: it renders nothing to look
/// at, in the time that a trained one of that topology takes. exec: as for open_swapper.
/// Throws Error (ErrorCode::Usage) if the options want latents matched.
std::unique_ptr<Swapper> untrained_swapper(const Network& network, std::uint64_t seed,
                                           const SwapperOptions& options = {}, Exec exec = Cpu());

}  // namespace cameo
