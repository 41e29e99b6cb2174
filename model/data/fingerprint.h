// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/data/face_set.h"

namespace cameo {

/// Fingerprint of one person's faces: enough to notice that two folders were exchanged, too little
/// to see anybody by.
struct Fingerprint {
  static constexpr std::size_t kSums = 32;  ///< at most
  static constexpr int kSide = 8;           ///< of the thumbnail

  /// The smallest checksums of single faces, ascending: a sample that two sets share as far as they
  /// share faces (bottom-k sketch; Cohen and Kaplan 2007).
  std::vector<std::uint64_t> sums;
  /// Mean of up to 256 faces, [kSide,kSide,3], BGR.
  std::array<std::uint8_t, std::size_t{kSide} * kSide * 3> mean{};

  explicit operator bool() const { return !sums.empty(); }
  bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprint_of(const FaceSet& set);

/// As text of hexadecimal digits, for a model file; and back. The latter yields an empty one if the
/// text is none.
std::string text_of(const Fingerprint& print);
Fingerprint parse_fingerprint(const std::string& text);

/// How many of 100 sampled faces two sets share.
int percent_shared(const Fingerprint& a, const Fingerprint& b);

/// Mean absolute difference of the thumbnails, 0..255.
double mean_difference(const Fingerprint& a, const Fingerprint& b);

/// Why faces a and b look like those of the sides b and a of a model that knows these fingerprints;
/// empty if they do not. Faces that are the same decide; where none is known to the model, which
/// thumbnails are much nearer to each other.
std::string why_exchanged(const Fingerprint& a, const Fingerprint& b, const Fingerprint& model_a,
                          const Fingerprint& model_b);

}  // namespace cameo
