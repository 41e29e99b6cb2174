// SPDX-License-Identifier: MIT
#include "pipeline/measure/seam.h"

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kWindow = 2 * kSeamReach + 1;

/// Sums over the window around each pixel, where one side of the edge is.
struct SideSums {
  cv::Mat color;  // CV_64FC3
  cv::Mat count;  // CV_64FC1
};

SideSums side_sums(const cv::Mat& image, const cv::Mat& side) {
  cv::Mat color = cv::Mat::zeros(image.size(), CV_64FC3);
  cv::Mat real;
  image.convertTo(real, CV_64F);
  real.copyTo(color, side);
  cv::Mat count;
  side.convertTo(count, CV_64F, 1.0 / 255);
  SideSums sums;
  const auto sum = [](const cv::Mat& from, cv::Mat& to) {
    cv::boxFilter(from, to, -1, {kWindow, kWindow}, {-1, -1}, false, cv::BORDER_CONSTANT);
  };
  sum(color, sums.color);
  sum(count, sums.count);
  return sums;
}

}  // namespace

std::optional<double> color_step(const cv::Mat& image, const cv::Mat& mask) {
  check(image.type() == CV_8UC3, "seam: wants 8-bit BGR, got type ", image.type());
  check(mask.type() == CV_8UC1 && mask.size() == image.size(), "seam: mask of ", mask.cols, "x",
        mask.rows, " for an image of ", image.cols, "x", image.rows);
  const cv::Mat inside = mask != 0;
  const cv::Mat outside = ~inside;
  cv::Mat next;
  cv::dilate(outside, next, cv::getStructuringElement(cv::MORPH_CROSS, {3, 3}));
  const cv::Mat edge = inside & next;
  const cv::Rect box = cv::boundingRect(edge);
  if (box.empty()) return {};
  const cv::Rect part = cv::Rect(box.x - kSeamReach, box.y - kSeamReach, box.width + 2 * kSeamReach,
                                 box.height + 2 * kSeamReach) &
                        cv::Rect({}, image.size());
  const SideSums inner = side_sums(image(part), inside(part));
  const SideSums outer = side_sums(image(part), outside(part));
  double sum = 0;
  for (int y = 0; y < part.height; ++y) {
    for (int x = 0; x < part.width; ++x) {
      if (edge.at<uchar>(part.y + y, part.x + x) == 0) continue;
      const cv::Vec3d step = inner.color.at<cv::Vec3d>(y, x) / inner.count.at<double>(y, x) -
                             outer.color.at<cv::Vec3d>(y, x) / outer.count.at<double>(y, x);
      sum += (std::abs(step[0]) + std::abs(step[1]) + std::abs(step[2])) / 3;
    }
  }
  return sum / cv::countNonZero(edge);
}

std::optional<double> seam(const cv::Mat& swapped, const cv::Mat& original, const cv::Mat& mask) {
  const std::optional<double> now = color_step(swapped, mask);
  const std::optional<double> before = color_step(original, mask);
  if (!now || !before) return {};
  return *now - *before;
}

}  // namespace cameo
