// SPDX-License-Identifier: MIT
#include "pipeline/measure/sharpness.h"

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/measure/quality.h"

namespace cameo {

std::optional<double> mean_gradient(const cv::Mat& image, const cv::Mat& mask) {
  check(mask.type() == CV_8UC1 && mask.size() == image.size(), "sharpness: mask of ", mask.cols,
        "x", mask.rows, " for an image of ", image.cols, "x", image.rows);
  cv::Mat inside;
  // Past the frame's edge nothing is known, so its outermost pixels are left out as well.
  cv::erode(mask, inside, cv::Mat(), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Rect part = cv::boundingRect(inside);
  if (part.empty()) return {};
  const cv::Rect around(part.x - 1, part.y - 1, part.width + 2, part.height + 2);
  const cv::Mat y = luma(image(around));
  double sum = 0;
  double count = 0;
  for (int row = 1; row + 1 < y.rows; ++row) {
    for (int col = 1; col + 1 < y.cols; ++col) {
      if (inside.at<uchar>(around.y + row, around.x + col) == 0) continue;
      const double dx = (y.at<double>(row, col + 1) - y.at<double>(row, col - 1)) / 2;
      const double dy = (y.at<double>(row + 1, col) - y.at<double>(row - 1, col)) / 2;
      sum += std::hypot(dx, dy);
      ++count;
    }
  }
  return sum / count;
}

std::optional<double> sharpness(const cv::Mat& image, const cv::Mat& reference,
                                const cv::Mat& mask) {
  const std::optional<double> own = mean_gradient(image, mask);
  const std::optional<double> full = mean_gradient(reference, mask);
  if (!own || !full || *full <= 0) return {};
  return *own / *full;
}

}  // namespace cameo
