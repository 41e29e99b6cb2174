// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "pipeline/media/image_codecs.h"

// Formats that OpenCV reads without loss, and what all codecs share.
namespace cameo::codec {
namespace {

std::int64_t number(ByteView bytes, std::size_t at, std::size_t count, bool big) {
  std::int64_t value = 0;
  if (at + count > bytes.size()) return 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value << 8 | bytes[at + (big ? i : count - 1 - i)];
  return value;
}

// OpenCV fills what is missing with black.
void check_bmp(ByteView bytes) {
  constexpr std::int64_t kOldHeader = 12;
  if (number(bytes, 14, 4, false) == kOldHeader) return;
  const std::int64_t width = number(bytes, 18, 4, false);
  const std::int64_t height = std::abs(static_cast<std::int32_t>(number(bytes, 22, 4, false)));
  check_size(width, height);
  const std::int64_t compression = number(bytes, 30, 4, false);
  if (compression != 0 && compression != 3) return;
  const std::int64_t row = (width * number(bytes, 28, 2, false) + 31) / 32 * 4;
  const std::int64_t there = static_cast<std::int64_t>(bytes.size()) - number(bytes, 10, 4, false);
  if (row > 0 && there < row * height)
    fail_cut_off(std::max<std::int64_t>(there, 0) / row, height, bytes, "the file ends early");
}

void check_jpeg2000(ByteView bytes) {
  constexpr std::string_view kHeader = "ihdr";
  const auto at = std::search(bytes.begin(), bytes.end(), kHeader.begin(), kHeader.end());
  const auto from = static_cast<std::size_t>(at - bytes.begin()) + kHeader.size();
  check_size(number(bytes, from + 4, 4, true), number(bytes, from, 4, true));
}

}  // namespace

void check_size(std::int64_t width, std::int64_t height) {
  check(width > 0 && height > 0, ErrorCode::Input, "has no pixels, ", width, "x", height);
  check(width <= kMostPixels && height <= kMostPixels && width * height <= kMostPixels,
        ErrorCode::Input, width, "x", height, " pixels, ", width * height / 1000000,
        " megapixels; images of at most ", kMostPixels / 1000000,
        " megapixels are read; scale it down first");
}

void fail_cut_off(std::int64_t rows, std::int64_t height, ByteView bytes, const std::string& why) {
  fail(ErrorCode::Input, "this image is cut off or damaged: about ", rows, " of ", height,
       " rows can be read from its ", bytes.size(), " bytes (", why, "); copy it again");
}

RawImage decode_other(ByteView bytes, ImageFormat format) {
  if (format == ImageFormat::Bmp) check_bmp(bytes);
  if (format == ImageFormat::Jpeg2000) check_jpeg2000(bytes);
  // The fourth byte of a BMP's pixel is filling, not alpha.
  const int flags = format == ImageFormat::Bmp ? cv::IMREAD_ANYCOLOR : cv::IMREAD_UNCHANGED;
  const cv::Mat pixels = cv::imdecode(
      cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<unsigned char*>(bytes.data())),
      flags);
  check(!pixels.empty() && (pixels.depth() == CV_8U || pixels.depth() == CV_16U), ErrorCode::Input,
        "not an image that can be read, or damaged (", bytes.size(), " bytes)");
  RawImage image;
  split_alpha(pixels, image);
  return image;
}

Bytes encode_bmp(const RawImage& image) {
  Bytes bytes;
  check(cv::imencode(".bmp", image.pixels, bytes), ErrorCode::Input, "cannot be encoded");
  return bytes;
}

cv::Mat interleaved(const RawImage& image) {
  if (image.alpha.empty()) return image.pixels;
  cv::Mat all;
  cv::merge(std::vector<cv::Mat>{image.pixels, image.alpha}, all);
  return all;
}

void split_alpha(const cv::Mat& interleaved, RawImage& image) {
  const int channels = interleaved.channels();
  if (channels % 2 != 0) {
    image.pixels = interleaved;
    return;
  }
  cv::extractChannel(interleaved, image.alpha, channels - 1);
  image.pixels.create(interleaved.size(), CV_MAKETYPE(interleaved.depth(), channels - 1));
  std::vector<int> pairs;
  for (int c = 0; c < channels - 1; ++c) pairs.insert(pairs.end(), {c, c});
  cv::mixChannels(interleaved, image.pixels, pairs);
}

}  // namespace cameo::codec
