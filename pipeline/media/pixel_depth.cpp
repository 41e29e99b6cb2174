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

cv::Mat with_drawing(const cv::Mat& deep, const cv::Mat& before, const cv::Mat& drawn) {
  check(deep.depth() == CV_16U && before.depth() == CV_8U && before.type() == drawn.type() &&
            before.size() == drawn.size() && before.size() == deep.size(),
        "with_drawing: wants a 16-bit image and two 8-bit ones of its size");
  cv::Mat change, result;
  cv::subtract(drawn, before, change, cv::noArray(), CV_32S);
  change *= kStep;
  cv::add(deep, change, result, cv::noArray(), CV_16U);
  return result;
}

}  // namespace cameo
