// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Size of the largest image file that is read: what OpenCV's decoders can address.
inline constexpr std::uintmax_t kMostImageBytes = 2147483647;

/// Reads a still image as 8-bit BGR, rotated upright by its EXIF orientation. Grey images get
/// three equal channels, 16 bits become 8, alpha is dropped.
/// Throws Error (ErrorCode::Input) naming the file if it is missing, damaged, of an unknown kind or
/// larger than kMostImageBytes.
cv::Mat read_image(const std::filesystem::path& file);

/// `image` (8-bit) as the bytes of a file with this name's suffix. Throws Error (ErrorCode::Usage)
/// if the suffix is not an image's.
std::vector<unsigned char> encode_image(const std::filesystem::path& file, const cv::Mat& image);

/// Writes by the file's suffix (.png .jpg .jpeg .bmp .tif .tiff .webp), atomically. JPEG and WebP
/// at quality 95. Throws Error (ErrorCode::Usage / ErrorCode::Input).
void write_image(const std::filesystem::path& file, const cv::Mat& image);

/// Whether the suffix is one read_image takes (any case).
bool is_image(const std::filesystem::path& file);

/// Whether both suffixes name one image format, as .jpg and .JPEG do.
bool same_image_format(const std::filesystem::path& a, const std::filesystem::path& b);

/// The images of a folder by their suffixes, in natural order of their names: list_files.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

}  // namespace cameo
