// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include <opencv2/imgproc.hpp>

namespace cameo::test {

/// An image of noise blurred by a Gaussian: as smooth as one is, and nowhere alike.
/// type: CV_8UC1 or CV_8UC3.
inline cv::Mat blurred_noise(cv::Size size, int type, double sigma, std::uint64_t seed) {
  cv::RNG random(seed);
  cv::Mat image(size, type);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(image, image, {}, sigma);
  return image;
}

}  // namespace cameo::test
