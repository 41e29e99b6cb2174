// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// Formats of still images.
enum class ImageFormat { None, Jpeg, Png, Bmp, Tiff, Webp, Heif, Jpeg2000, Pnm };

/// The format by a file's first bytes (16 are enough), whatever it is called; None for anything
/// else, a motion JPEG's stream included. Heif: HEIC and AVIF.
ImageFormat format_of_bytes(std::span<const unsigned char> bytes);

/// The format of a file by its first bytes; None if it is no regular file or cannot be read.
ImageFormat format_of_file(const std::filesystem::path& file);

/// The format by a name's suffix, any case: .jpg .jpeg .jpe .jfif, .png, .bmp, .tif .tiff, .webp,
/// .heic .heif .avif, .jp2, .pnm .pbm .pgm .ppm.
ImageFormat format_of_name(const std::filesystem::path& file);

/// Whether images are written in this format: JPEG, PNG, BMP, TIFF and WebP.
bool is_written(ImageFormat format);

/// The images of a folder by their suffixes, in natural order of their names: list_files.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

/// The images of an input: those of a folder, or the one that a file is.
std::vector<std::filesystem::path> images_of(const std::filesystem::path& input);

/// One line about what list_images leaves out: "3 files passed over: 2 .mp4, 1 folder". Hidden
/// files and those that this program writes beside images are not counted. Empty if there is
/// nothing to tell.
std::string passed_over(const std::filesystem::path& folder);

}  // namespace cameo
