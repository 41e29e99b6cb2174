// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/data/face_yaw.h"

namespace cameo {

/// State of a sampler, for the checkpoint.
struct SamplerState {
  std::uint64_t pass = 0;  ///< number of the shuffle
  std::uint64_t at = 0;    ///< faces of it used up
  bool operator==(const SamplerState&) const = default;
};

/// Sampler of one person's faces: shuffled, passed through in slices of a batch,
/// shuffled anew when less than a batch is left (those faces are dropped for this pass), as the
/// article's system does. Fewer faces than a batch, which stop that system, are allowed: shuffled
/// passes follow one another until the batch is full. The same for the same seed on every machine.
class ShuffledSampler {
 public:
  /// faces: how many there are, at least 1; stream: tells the orders of one seed apart.
  ShuffledSampler(int faces, std::uint64_t seed, std::uint32_t stream, SamplerState place = {});

  /// From here on shows a face of uniform yaw in the place of the shuffle's, with the probability
  /// `share`, 0..1, wherever that face's yaw is known. yaws: of all faces, in degrees. What is
  /// shown follows from the place in the order alone.
  void prefer_uniform_yaw(const std::vector<std::optional<double>>& yaws, double share);

  /// Fills `batch` with indices of faces.
  void next(std::span<std::int32_t> batch);
  SamplerState place() const { return place_; }

 private:
  void shuffle();
  std::size_t left() const;
  std::int32_t shown(std::int32_t face) const;

  std::vector<std::int32_t> order_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  SamplerState place_;
  std::optional<UniformYaw> uniform_;
  double share_ = 0;  ///< of faces by uniform yaw
};

}  // namespace cameo
