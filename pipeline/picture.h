// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Reads a still image as 8-bit BGR, turned upright by its EXIF orientation.
/// Throws Error (Fault::Input) naming the file if it is missing, damaged or of an unknown kind.
cv::Mat read_picture(const std::filesystem::path& file);

/// Writes by the file's suffix (.png .jpg .jpeg .bmp .tif .tiff), atomically.
void write_picture(const std::filesystem::path& file, const cv::Mat& picture);

/// Whether the suffix is one read_picture takes (any case).
bool is_picture(const std::filesystem::path& file);

/// The pictures of a folder, sorted by natural order of their names (2 before 10).
std::vector<std::filesystem::path> list_pictures(const std::filesystem::path& folder);

}  // namespace cameo
