// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <vector>

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

  /// Fills `batch` with indices of faces.
  void next(std::span<std::int32_t> batch);
  SamplerState place() const { return place_; }

 private:
  void shuffle();
  std::size_t left() const;

  std::vector<std::int32_t> order_;
  std::uint64_t seed_;
  std::uint32_t stream_;
  SamplerState place_;
};

}  // namespace cameo
