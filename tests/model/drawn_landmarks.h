// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <filesystem>
#include <numbers>

#include "base/files.h"
#include "model/data/face_landmarks.h"

namespace cameo::test {

/// Landmarks of a plain face from the front: jaw and mouth on ellipses, eyes at 0.37 and 0.63 of
/// the width and 0.4 of the height, brows above them, all in shares of the image's side.
inline FaceLandmarks drawn_landmarks() {
  FaceLandmarks all;
  const auto around = [&](std::size_t first, std::size_t count, FacePoint middle, double wide,
                          double high, double from, double turns) {
    for (std::size_t i = 0; i < count; ++i) {
      const double angle = 2 * std::numbers::pi *
                           (from + turns * static_cast<double>(i) / static_cast<double>(count));
      all.at(first + i) = {middle.x + wide * std::cos(angle), middle.y + high * std::sin(angle)};
    }
  };
  around(0, 17, {0.5, 0.4}, 0.28, 0.48, 0.5, -0.53);  // from the left ear over the chin
  for (std::size_t i = 0; i < 5; ++i) {
    all.at(17 + i) = {0.28 + 0.04 * static_cast<double>(i), 0.32};
    all.at(22 + i) = {0.56 + 0.04 * static_cast<double>(i), 0.32};
  }
  for (std::size_t i = 0; i < 4; ++i) all.at(27 + i) = {0.5, 0.4 + 0.05 * static_cast<double>(i)};
  for (std::size_t i = 0; i < 5; ++i) all.at(31 + i) = {0.46 + 0.02 * static_cast<double>(i), 0.57};
  around(36, 6, {0.37, 0.4}, 0.05, 0.02, 0.5, 1);
  around(42, 6, {0.63, 0.4}, 0.05, 0.02, 0.5, 1);
  around(48, 12, {0.5, 0.68}, 0.1, 0.04, 0.5, 1);
  around(60, 8, {0.5, 0.68}, 0.07, 0.02, 0.5, 1);
  return all;
}

/// Puts them into every PNG of a folder.
inline void add_landmarks(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    write_bytes(entry.path(), with_landmarks(read_bytes(entry.path()), drawn_landmarks()));
}

}  // namespace cameo::test
