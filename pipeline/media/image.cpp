// SPDX-License-Identifier: MIT
#include "pipeline/media/image.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/exif.h"
#include "base/files.h"
#include "pipeline/media/color_profile.h"
#include "pipeline/media/image_codecs.h"
#include "pipeline/media/pixel_depth.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

using codec::Bytes;
using codec::RawImage;

RawImage decoded(const Bytes& bytes) {
  const ImageFormat format = format_of_bytes(bytes);
  switch (format) {
    case ImageFormat::Jpeg:
      return codec::decode_jpeg(bytes);
    case ImageFormat::Png:
      return codec::decode_png(bytes);
    case ImageFormat::Tiff:
      return codec::decode_tiff(bytes);
    case ImageFormat::Webp:
      return codec::decode_webp(bytes);
    case ImageFormat::Heif:
      return codec::decode_heif(bytes);
    case ImageFormat::Bmp:
    case ImageFormat::Jpeg2000:
    case ImageFormat::Pnm:
      return codec::decode_other(bytes, format);
    case ImageFormat::None:
      break;
  }
  fail(ErrorCode::Input, "not an image that can be read, or damaged (", bytes.size(), " bytes)");
}

void turn(cv::Mat& image, int orientation) {
  if (image.empty()) return;
  if (orientation >= 5) cv::transpose(image, image);
  const bool mirror = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool upset = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  if (mirror || upset) cv::flip(image, image, mirror && upset ? -1 : mirror ? 1 : 0);
}

/// An XMP packet for upright pixels: its tiff:Orientation, be it attribute or element, says 1.
Bytes upright_xmp(Bytes xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (auto at = xmp.begin();;) {
    at = std::search(at, xmp.end(), kName.begin(), kName.end());
    if (at == xmp.end()) return xmp;
    at += kName.size();
    const auto digit = std::find_if(at, xmp.end(), [](unsigned char c) {
      return c != '=' && c != '"' && c != '\'' && c != '>' && c != ' ';
    });
    if (digit != xmp.end() && *digit >= '1' && *digit <= '8') *digit = '1';
  }
}

/// Pixels of any color model as BGR in sRGB.
void convert_colors(RawImage& raw, ImageMetadata& metadata) {
  const int channels = raw.pixels.channels();
  if (profile_channels(raw.icc) != channels) raw.icc.clear();
  metadata.grey = channels == 1;
  if (channels == 1) {
    cv::cvtColor(raw.pixels, raw.pixels, cv::COLOR_GRAY2BGR);
  } else if (channels == 4) {
    raw.pixels = to_srgb(raw.pixels, raw.icc);
    raw.icc.clear();
  } else if (!raw.icc.empty() && !is_srgb(raw.icc)) {
    if (is_output_profile(raw.icc)) metadata.original = raw.pixels;
    raw.pixels = to_srgb(raw.pixels, raw.icc);
    if (metadata.original.empty()) raw.icc.clear();
  }
  metadata.icc = std::move(raw.icc);
}

StillImage finished(RawImage raw, bool heif) {
  if (raw.orientation == 1 && !heif) raw.orientation = exif_orientation(raw.exif);
  turn(raw.pixels, raw.orientation);
  turn(raw.alpha, raw.orientation);
  ImageMetadata metadata{.exif = upright_exif(raw.exif),
                         .xmp = upright_xmp(std::move(raw.xmp)),
                         .dpi_x = raw.dpi_x,
                         .dpi_y = raw.dpi_y,
                         .lossless = raw.lossless,
                         .pages = raw.pages};
  if (raw.orientation >= 5) std::swap(metadata.dpi_x, metadata.dpi_y);
  convert_colors(raw, metadata);
  return {.pixels = raw.pixels,
          .alpha = raw.alpha,
          .metadata = std::make_shared<const ImageMetadata>(std::move(metadata))};
}

Bytes bytes_of(const fs::path& file) {
  std::error_code unknown;  // of a file that is missing, say: reading tells
  const fs::file_type type = fs::status(file, unknown).type();
  check(type == fs::file_type::regular || type == fs::file_type::directory ||
            type == fs::file_type::not_found || type == fs::file_type::none,
        ErrorCode::Input, file.string(), ": is a pipe or device, not a file; save it as one first");
  const std::uintmax_t size = fs::file_size(file, unknown);
  check(unknown || size <= kMostImageBytes, ErrorCode::Input, file.string(), ": ", size,
        " bytes; image files of at most ", kMostImageBytes, " bytes are read");
  Bytes bytes = read_bytes(file);
  check(!bytes.empty(), ErrorCode::Input, file.string(), ": empty file");
  return bytes;
}

/// Runs a codec and puts the file's name before what it says.
template <class Act>
auto named(const fs::path& file, Act act) {
  try {
    return act();
  } catch (const Error& e) {
    fail(e.code(), file.string(), ": ", e.what());
  } catch (const cv::Exception& e) {
    fail(ErrorCode::Input, file.string(), ": cannot be decoded or encoded: ", e.err);
  } catch (const std::bad_alloc&) {
    fail(ErrorCode::Input, file.string(), ": there is not enough memory for this image");
  }
}

bool keeps_16_bits(ImageFormat format) {
  return format == ImageFormat::Png || format == ImageFormat::Tiff;
}

bool keeps_alpha(ImageFormat format) {
  return keeps_16_bits(format) || format == ImageFormat::Webp;
}

/// The image in the colors and channels that a file of the format holds.
RawImage prepared(const StillImage& image, ImageFormat format, const ImageWriteOptions& options) {
  const ImageMetadata none;
  const ImageMetadata& metadata = image.metadata ? *image.metadata : none;
  RawImage raw{.pixels = image.pixels,
               .alpha = image.alpha,
               .icc = metadata.icc,
               .exif = metadata.exif,
               .xmp = metadata.xmp,
               .dpi_x = metadata.dpi_x,
               .dpi_y = metadata.dpi_y,
               .quality = options.quality,
               .lossless = metadata.lossless};
  if (!metadata.original.empty())
    raw.pixels = drawn_in_profile(metadata.original, image.pixels, metadata.icc);
  if (metadata.grey) cv::cvtColor(raw.pixels, raw.pixels, cv::COLOR_BGR2GRAY);
  if (metadata.grey && format == ImageFormat::Webp) {
    if (raw.icc.empty())
      cv::cvtColor(raw.pixels, raw.pixels, cv::COLOR_GRAY2BGR);
    else
      raw.pixels = to_srgb(raw.pixels, raw.icc);
    raw.icc.clear();
  }
  if (!raw.alpha.empty() && !keeps_alpha(format)) {
    raw.pixels = over_white(raw.pixels, raw.alpha);
    raw.alpha.release();
  }
  if (!keeps_16_bits(format)) raw.pixels = to_8_bit(raw.pixels);
  if (!raw.alpha.empty() && raw.pixels.depth() == CV_8U) raw.alpha = to_8_bit(raw.alpha);
  return raw;
}

Bytes encoded(const RawImage& raw, ImageFormat format) {
  switch (format) {
    case ImageFormat::Jpeg:
      return codec::encode_jpeg(raw);
    case ImageFormat::Png:
      return codec::encode_png(raw);
    case ImageFormat::Tiff:
      return codec::encode_tiff(raw);
    case ImageFormat::Webp:
      return codec::encode_webp(raw);
    default:
      return codec::encode_bmp(raw);
  }
}

}  // namespace

StillImage read_still(const fs::path& file) {
  const Bytes bytes = bytes_of(file);
  return named(
      file, [&] { return finished(decoded(bytes), format_of_bytes(bytes) == ImageFormat::Heif); });
}

cv::Mat read_image(const fs::path& file) {
  return to_8_bit(read_still(file).pixels);
}

Bytes encode_still(const fs::path& file, const StillImage& image,
                   const ImageWriteOptions& options) {
  const ImageFormat format = format_of_name(file);
  check(is_written(format), ErrorCode::Usage, file.string(),
        ": no image format goes by the suffix '", file.extension().string(),
        "'; take .png, .jpg, .bmp, .tif or .webp");
  const bool fits = !image.pixels.empty() && image.pixels.channels() == 3 &&
                    (image.pixels.depth() == CV_8U || image.pixels.depth() == CV_16U);
  check(fits, file.string(), ": only 8- and 16-bit BGR images are written, got ", image.pixels.cols,
        "x", image.pixels.rows, " of OpenCV's type ", image.pixels.type());
  return named(file, [&] { return encoded(prepared(image, format, options), format); });
}

std::string lost_in(const fs::path& file, const StillImage& image) {
  const ImageFormat format = format_of_name(file);
  std::string lost;
  const auto add = [&](bool is_lost, const char* what) {
    if (is_lost) lost += (lost.empty() ? "" : ", ") + std::string(what);
  };
  add(!image.alpha.empty() && !keeps_alpha(format), "alpha (shown over white)");
  add(image.pixels.depth() == CV_16U && !keeps_16_bits(format), "16 bits a channel");
  if (image.metadata && format == ImageFormat::Bmp) {
    add(!image.metadata->icc.empty(), "the color profile");
    add(!image.metadata->exif.empty() || !image.metadata->xmp.empty(), "EXIF and XMP");
  }
  return lost;
}

cv::Mat over_white(const cv::Mat& pixels, const cv::Mat& alpha) {
  if (alpha.empty()) return pixels;
  const double most = pixels.depth() == CV_16U ? 65535 : 255;
  cv::Mat weight, share, result;
  cv::merge(std::vector<cv::Mat>(static_cast<std::size_t>(pixels.channels()), alpha), weight);
  weight.convertTo(share, CV_32F, 1 / most);
  pixels.convertTo(result, CV_32F);
  result = (result - cv::Scalar::all(most)).mul(share) + cv::Scalar::all(most);
  result.convertTo(result, pixels.depth());
  return result;
}

Bytes encode_image(const fs::path& file, const cv::Mat& image) {
  if (image.empty() || image.channels() == 3) return encode_still(file, {.pixels = image});
  RawImage raw;
  codec::split_alpha(image, raw);
  ImageMetadata metadata;
  metadata.grey = raw.pixels.channels() == 1;
  if (metadata.grey) cv::cvtColor(raw.pixels, raw.pixels, cv::COLOR_GRAY2BGR);
  return encode_still(file, {.pixels = raw.pixels,
                             .alpha = raw.alpha,
                             .metadata = std::make_shared<const ImageMetadata>(metadata)});
}

void write_image(const fs::path& file, const cv::Mat& image) {
  write_bytes(file, encode_image(file, image));
}

bool is_image(const fs::path& file) {
  return is_written(format_of_name(file));
}

}  // namespace cameo
