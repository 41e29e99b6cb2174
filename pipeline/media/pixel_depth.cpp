// SPDX-License-Identifier: MIT
#include "pipeline/media/pixel_depth.h"

#include "base/error.h"

namespace cameo {
namespace {

constexpr double kStep = 257;  // 65535 / 255

cv::Mat with_depth(const cv::Mat& image, int depth, double scale) {
  check(image.depth() == CV_8U || image.depth() == CV_16U,
        "images have 8 or 16 bits a channel, not OpenCV's depth ", image.depth());
  if (image.depth() == depth) return image;
  cv::Mat converted;
  image.convertTo(converted, depth, scale);
  return converted;
}

}  // namespace

cv::Mat to_8_bit(const cv::Mat& image) {
  return with_depth(image, CV_8U, 1 / kStep);
}

cv::Mat to_16_bit(const cv::Mat& image) {
  return with_depth(image, CV_16U, kStep);
}

}  // namespace cameo
