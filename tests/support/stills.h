// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "pipeline/media/color_profile.h"
#include "pipeline/media/image.h"

namespace cameo::test {

using Bytes = std::vector<unsigned char>;

/// 48 wide, 32 high: red left half, green right upper, blue right lower quarter.
inline cv::Mat flag(int depth = CV_8U) {
  const double most = depth == CV_16U ? 65535 : 255;
  cv::Mat image(32, 48, CV_MAKETYPE(depth, 3), cv::Scalar(0, 0, most));
  image(cv::Rect(24, 0, 24, 16)).setTo(cv::Scalar(0, most, 0));
  image(cv::Rect(24, 16, 24, 16)).setTo(cv::Scalar(most, 0, 0));
  return image;
}

/// Colors of the four quarters: upper left, upper right, lower left, lower right.
inline std::string quarters(const cv::Mat& image) {
  const auto color_at = [&](double x, double y) {
    const auto pixel =
        image.at<cv::Vec3b>(static_cast<int>(y * image.rows), static_cast<int>(x * image.cols));
    return "bgr"[std::max_element(pixel.val, pixel.val + 3) - pixel.val];
  };
  return {color_at(.25, .25), color_at(.75, .25), color_at(.25, .75), color_at(.75, .75)};
}

/// What a viewer sees of the stored flag (rgrb), by the EXIF definition of row 0 and column 0.
inline const std::vector<std::string>& seen_by_orientation() {
  static const std::vector<std::string> seen{"rgrb", "grbr", "brgr", "rbrg",
                                             "rrgb", "rrbg", "bgrr", "gbrr"};
  return seen;
}

/// An EXIF block of an orientation and a make of 8 bytes, "Testers".
inline Bytes exif_block(int orientation, bool big_endian = true) {
  Bytes block{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 2};
  const Bytes make{1, 0x0F, 0, 2, 0, 0, 0, 8, 0, 0, 0, 38};
  const Bytes turn{1, 0x12, 0, 3, 0, 0, 0, 1, 0, static_cast<unsigned char>(orientation), 0, 0};
  const Bytes end{0, 0, 0, 0, 'T', 'e', 's', 't', 'e', 'r', 's', 0};
  for (const Bytes* part : {&make, &turn, &end})
    block.insert(block.end(), part->begin(), part->end());
  if (big_endian) return block;
  return {'I',
          'I',
          42,
          0,
          8,
          0,
          0,
          0,
          2,
          0,
          0x0F,
          1,
          2,
          0,
          8,
          0,
          0,
          0,
          38,
          0,
          0,
          0,
          0x12,
          1,
          3,
          0,
          1,
          0,
          0,
          0,
          static_cast<unsigned char>(orientation),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          'T',
          'e',
          's',
          't',
          'e',
          'r',
          's',
          0};
}

/// Display P3: wider than sRGB, as phones store.
inline Bytes display_p3() {
  return rgb_profile({.red_x = 0.680, .red_y = 0.320, .green_x = 0.265, .green_y = 0.690});
}

inline StillImage with_metadata(const cv::Mat& pixels, ImageMetadata metadata,
                                const cv::Mat& alpha = {}) {
  return {.pixels = pixels,
          .alpha = alpha,
          .metadata = std::make_shared<const ImageMetadata>(std::move(metadata))};
}

inline bool equal(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// All values of a depth, unlike in all channels.
inline cv::Mat noise(int rows, int cols, int type, std::uint64_t seed = 7) {
  cv::Mat image(rows, cols, type);
  cv::RNG random(seed);
  random.fill(image, cv::RNG::UNIFORM, 0, image.depth() == CV_16U ? 65536 : 256);
  return image;
}

}  // namespace cameo::test
