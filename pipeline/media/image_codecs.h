// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/media/image_format.h"

// The codecs behind read_still and encode_image, one file a format. They throw Error
// (ErrorCode::Input) with what is wrong, without the file's name, which the caller puts first.
namespace cameo::codec {

using Bytes = std::vector<unsigned char>;
using ByteView = std::span<const unsigned char>;

/// An image as its file holds it.
struct RawImage {
  cv::Mat pixels;       ///< 8 or 16 bits a channel: 1 grey, 3 BGR or 4 CMYK (0: no ink)
  cv::Mat alpha;        ///< one channel of the same depth, not premultiplied; empty if opaque
  int orientation = 1;  ///< EXIF's, still to be applied
  Bytes icc, exif, xmp;
  double dpi_x = 0, dpi_y = 0;  ///< pixels an inch; 0 if not said
  int quality = 95;             ///< of lossy formats, 1 to 100; written only
  bool lossless = false;        ///< of WebP
  int pages = 1;                ///< of the file, this one included
};

/// The most pixels an image may have, so that a small file cannot ask for all memory: 2^28, of
/// which 8-bit BGR takes 0.8 GB. The largest cameras have 2 * 10^8.
inline constexpr std::int64_t kMostPixels = std::int64_t{1} << 28U;

/// Throws Error (ErrorCode::Input) with what to do for a size that is empty or above kMostPixels.
void check_size(std::int64_t width, std::int64_t height);

/// Throws the Error of an image whose rows after `rows` of `height` are missing.
[[noreturn]] void fail_cut_off(std::int64_t rows, std::int64_t height, ByteView bytes,
                               const std::string& why);

RawImage decode_jpeg(ByteView bytes);
RawImage decode_png(ByteView bytes);
RawImage decode_tiff(ByteView bytes);
RawImage decode_webp(ByteView bytes);
/// HEIC and AVIF, upright: the file's own rotation and mirroring are applied.
RawImage decode_heif(ByteView bytes);
/// BMP, JPEG 2000 and PNM, by OpenCV.
RawImage decode_other(ByteView bytes, ImageFormat format);

/// `image.pixels` has 1 or 3 channels; alpha, depth and metadata that the format has no place for
/// must have been taken away before.
Bytes encode_jpeg(const RawImage& image);
Bytes encode_png(const RawImage& image);
Bytes encode_tiff(const RawImage& image);
Bytes encode_webp(const RawImage& image);
Bytes encode_bmp(const RawImage& image);

/// Pixels and alpha side by side, as codecs write them: 1 to 4 channels, BGR order.
cv::Mat interleaved(const RawImage& image);

/// The parts of 1 to 4 interleaved channels (an even count: the last one is alpha). BGR order.
void split_alpha(const cv::Mat& interleaved, RawImage& image);

}  // namespace cameo::codec
