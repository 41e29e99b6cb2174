// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace cameo {

/// An image: [height,width,3] bytes, BGR. Training needs no more than this, and no OpenCV.
struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> bgr;
};

/// Reads a PNG or JPEG, 8 bits a channel (16 are cut to 8, grey is spread, transparency dropped).
/// Turned upright by its EXIF orientation. Throws Error (ErrorCode::Input) if the file is
/// missing or damaged.
Pixels read_pixels(const std::filesystem::path& file);

/// Writes a PNG, replacing an old file only when the new one is whole.
/// Throws Error (ErrorCode::Input) if it cannot.
void write_png(const std::filesystem::path& file, const Pixels& image);

/// Bilinear with half-pixel centres and repeated edges, rounded to the nearest byte. No averaging:
/// images much larger than what is wanted lose detail unevenly.
Pixels resized(const Pixels& from, int width, int height);

}  // namespace cameo
