// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace cameo {

/// A point of an extracted face in shares of its image's sides, x to the right, y down: the centre
/// of pixel k of S lies at (k + 0.5) / S, whatever size the image is given later.
struct FacePoint {
  double x = 0, y = 0;
  bool operator==(const FacePoint&) const = default;
};

/// The 68 landmarks of iBUG 300-W: 0..16 jaw, 17..26 brows, 27..35 nose, 36..47 eyes, 48..67 mouth.
using FaceLandmarks = std::array<FacePoint, 68>;

/// The PNG file of a face with its landmarks in it, as text, so that they go wherever the file
/// goes. Rounded to 1e-5. Throws Error if it is no PNG.
std::vector<unsigned char> with_landmarks(std::span<const unsigned char> png,
                                          const FaceLandmarks& landmarks);

/// The landmarks that a face's file holds; empty if it holds none or they are damaged. Throws Error
/// (ErrorCode::Input) if the file cannot be read.
std::optional<FaceLandmarks> read_landmarks(const std::filesystem::path& file);

}  // namespace cameo
