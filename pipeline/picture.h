// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Reads a still image as 8-bit BGR, turned upright by its EXIF orientation. Grey pictures get
/// three equal channels, 16 bits become 8, alpha is dropped.
/// Throws Error (Fault::Input) naming the file if it is missing, damaged or of an unknown kind.
cv::Mat read_picture(const std::filesystem::path& file);

/// `picture` (8-bit) as the bytes of a file with this name's suffix. Throws Error (Fault::Usage)
/// if the suffix is not a picture's.
std::vector<unsigned char> encode_picture(const std::filesystem::path& file,
                                          const cv::Mat& picture);

/// Writes by the file's suffix (.png .jpg .jpeg .bmp .tif .tiff .webp), atomically. JPEG and WebP
/// at quality 95. Throws Error (Fault::Usage / Fault::Input).
void write_picture(const std::filesystem::path& file, const cv::Mat& picture);

/// Whether the suffix is one read_picture takes (any case).
bool is_picture(const std::filesystem::path& file);

/// Whether `left` comes before `right` where runs of digits count as numbers (2 before 10).
bool natural_less(std::string_view left, std::string_view right);

/// The pictures of a folder, not of folders inside it, in natural order of their names. Hidden
/// files are left out. Throws Error (Fault::Input) if the folder cannot be read.
std::vector<std::filesystem::path> list_pictures(const std::filesystem::path& folder);

}  // namespace cameo
