// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Image of bytes made ready to be sampled bicubically at any place: four bytes a pixel, so that a
/// row of a neighbourhood is one vector, and its border repeated.
class BicubicImage {
 public:
  /// image: CV_8UC3.
  explicit BicubicImage(const cv::Mat& image);

  cv::Size size() const { return size_; }

  /// Adds to each pixel of `sum` (CV_32FC4, of this size, of whose last channel nothing is said)
  /// the image at the pixel's place plus `flow`, less `zero`, times weight and `share`. moves:
  /// CV_32FC3 of this size: flow in x and y, weight. As cv::remap samples by INTER_CUBIC and
  /// BORDER_REPLICATE, at 1/32 of a pixel.
  void add_moved(const cv::Mat& moves, float zero, float share, cv::Mat& sum) const;

 private:
  cv::Mat padded_;  // CV_8UC4
  cv::Size size_;
};

/// `image` (CV_32FC3) with `scale` samples for one along an edge, bicubic: sample k lies where
/// sample k / scale of the image would. The border is repeated.
cv::Mat magnified(const cv::Mat& image, int scale);

/// Writes `image` (CV_32FC3) over those pixels of `over` (CV_32FC3) that lie within it, as
/// cv::warpAffine does by INTER_CUBIC, WARP_INVERSE_MAP and BORDER_TRANSPARENT, at 1/32 of a pixel:
/// but for the rounding of floats the same, in less than half the time. to_image: pixels of
/// `over` -> pixels of `image`.
void lay_bicubic(const cv::Mat& image, const cv::Matx23d& to_image, cv::Mat& over);

}  // namespace cameo
