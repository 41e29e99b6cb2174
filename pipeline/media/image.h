// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/media/image_format.h"

namespace cameo {

/// Size of the largest image file that is read: what OpenCV's decoders can address.
inline constexpr std::uintmax_t kMostImageBytes = 2147483647;

/// What an image file holds beside its pixels, for the file that is written from them.
struct ImageMetadata {
  std::vector<unsigned char> icc;   ///< profile, of one channel if grey, else of three; empty: sRGB
  std::vector<unsigned char> exif;  ///< EXIF block for upright pixels, without thumbnail
  std::vector<unsigned char> xmp;   ///< XMP packet for upright pixels
  double dpi_x = 0, dpi_y = 0;      ///< pixels an inch; 0 if not said
  bool grey = false;                ///< the file has one channel of color
  bool lossless = false;            ///< of a WebP file
  int pages = 1;                    ///< of the file, of which this image is one
  /// The pixels in the profile's colors, BGR, where those are not sRGB's; else empty.
  cv::Mat original;
};

/// A still image, upright, in sRGB.
struct StillImage {
  cv::Mat pixels;  ///< BGR, 8 or 16 bits a channel
  cv::Mat alpha;   ///< one channel of the same depth, not premultiplied; empty if opaque
  std::shared_ptr<const ImageMetadata> metadata;
};

/// Reads a still image by its first bytes, whatever its name: JPEG, PNG, BMP, TIFF, WebP, JPEG
/// 2000, PNM, and HEIC and AVIF where libheif was built in. Turned by its EXIF orientation, 1 to 8,
/// once. Colors of a profile are converted to sRGB by lcms2, CMYK without one plainly; grey gets
/// three equal channels, palettes and few bits 8 bits a channel. A file is refused if rows are
/// missing, not if only its end mark or trailing metadata is; an animation and floating-point TIFF
/// are refused; of several pages the first (TIFF) or primary
/// one (HEIC) is read. Throws Error (ErrorCode::Input) naming the file
/// if it is missing, no regular file, damaged, of an unknown kind, larger than kMostImageBytes or
/// has more than 2^28 pixels.
StillImage read_still(const std::filesystem::path& file);

/// The pixels of read_still alone, with 8 bits a channel.
cv::Mat read_image(const std::filesystem::path& file);

/// Options of image files.
struct ImageWriteOptions {
  int quality = 95;  ///< of JPEG (4:4:4) and WebP, 1 to 100
};

/// An image as the bytes of a file with this name's suffix (.jpg .jpeg .jpe .jfif .png .bmp .tif
/// .tiff .webp). Pixels go back into the file's own profile, exactly where they are as they were
/// read; a grey file stays grey, drawn faces included; profile, EXIF, XMP and resolution are
/// carried over. PNG and TIFF keep 16 bits; PNG, TIFF and WebP keep alpha, the others show it over
/// white. A lossless WebP stays lossless. Throws Error (ErrorCode::Usage) if the suffix is not one
/// of these, Error (ErrorCode::Input) if the format cannot hold the image.
std::vector<unsigned char> encode_still(const std::filesystem::path& file, const StillImage& image,
                                        const ImageWriteOptions& options = {});

/// What of an image encode_still leaves out for this suffix: "alpha (shown over white), 16 bits a
/// channel"; empty if it keeps all.
std::string lost_in(const std::filesystem::path& file, const StillImage& image);

/// The pixels as they look on white paper; alpha empty: as they are.
cv::Mat over_white(const cv::Mat& pixels, const cv::Mat& alpha);

/// `image` (grey, BGR or BGRA, 8 or 16 bits) by encode_still, without metadata.
std::vector<unsigned char> encode_image(const std::filesystem::path& file, const cv::Mat& image);

/// Writes by the file's suffix, as encode_image does, atomically. Throws Error (ErrorCode::Usage /
/// ErrorCode::Input).
void write_image(const std::filesystem::path& file, const cv::Mat& image);

/// Whether the suffix is one of an image that can be written (any case).
bool is_image(const std::filesystem::path& file);

}  // namespace cameo
