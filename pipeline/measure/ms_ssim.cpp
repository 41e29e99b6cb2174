// SPDX-License-Identifier: MIT
#include "pipeline/measure/ms_ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/measure/quality.h"

namespace cameo {
namespace {

constexpr std::array<double, 5> kWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr std::array<double, 3> kFewWeights = {0.0711, 0.4530, 0.4760};
constexpr int kWindow = 11;

cv::Mat halved(const cv::Mat& image) {
  cv::Mat even;
  cv::copyMakeBorder(image, even, 0, image.rows % 2, 0, image.cols % 2, cv::BORDER_REPLICATE);
  cv::Mat half;
  cv::resize(even, half, {even.cols / 2, even.rows / 2}, 0, 0, cv::INTER_AREA);
  return half;
}

/// The region and all that its windows see at the coarsest scale, on the grid of that scale: the
/// rest of a large frame costs time and changes nothing.
cv::Rect surroundings(const cv::Rect& region, cv::Size frame, std::size_t scales) {
  const int grid = 1 << (scales - 1);
  const int left = std::max(0, region.x / grid - kWindow) * grid;
  const int top = std::max(0, region.y / grid - kWindow) * grid;
  const int right = std::min(frame.width, ((region.x + region.width) / grid + kWindow) * grid);
  const int bottom = std::min(frame.height, ((region.y + region.height) / grid + kWindow) * grid);
  return {left, top, right - left, bottom - top};
}

/// coverage: CV_64FC1, the share of each pixel that lies in the region.
double mean_inside(const cv::Mat& map, const cv::Mat& coverage) {
  cv::Mat inside = coverage >= 0.5;
  if (cv::countNonZero(inside) == 0) inside = coverage > 0;
  return cv::mean(map, inside)[0];
}

/// What ssim counts of an image without a mask.
cv::Mat valid_part(cv::Size size) {
  constexpr int kEdge = kWindow / 2;
  cv::Mat part = cv::Mat::zeros(size, CV_64FC1);
  const bool none = std::min(size.width, size.height) < kWindow;
  if (none) return cv::Mat::ones(size, CV_64FC1);
  part(cv::Rect(kEdge, kEdge, size.width - 2 * kEdge, size.height - 2 * kEdge)).setTo(1);
  return part;
}

}  // namespace

double ms_ssim(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  check(a.type() == CV_8UC3 && b.type() == CV_8UC3 && a.size() == b.size(),
        "ms_ssim: wants two 8-bit BGR images of one size");
  check(a.cols >= kWindow && a.rows >= kWindow, "ms_ssim: ", a.cols, "x", a.rows,
        " pixels are less than the window of ", kWindow, "x", kWindow);
  check(mask.empty() || (mask.type() == CV_8UC1 && mask.size() == a.size()), "ms_ssim: mask of ",
        mask.cols, "x", mask.rows, " for images of ", a.cols, "x", a.rows);
  const cv::Rect region = mask.empty() ? cv::Rect({}, a.size()) : cv::boundingRect(mask);
  check(!region.empty(), "ms_ssim: the mask holds no pixel");
  const bool few = std::min(region.width, region.height) < kMsSsimSide;
  const auto weights = few ? std::span<const double>(kFewWeights) : std::span(kWeights);
  const cv::Rect part = surroundings(region, a.size(), weights.size());
  cv::Mat x = luma(a(part));
  cv::Mat y = luma(b(part));
  cv::Mat coverage;
  if (!mask.empty()) cv::Mat(mask(part) != 0).convertTo(coverage, CV_64F, 1.0 / 255);
  double product = 1;
  for (std::size_t scale = 0; scale < weights.size(); ++scale) {
    const SsimMaps maps = ssim_maps(x, y);
    const bool coarsest = scale + 1 == weights.size();
    const double mean = mean_inside(coarsest ? maps.ssim : maps.contrast,
                                    coverage.empty() ? valid_part(x.size()) : coverage);
    product *= std::pow(std::max(0.0, mean), weights[scale]);
    if (coarsest) break;
    x = halved(x);
    y = halved(y);
    if (!coverage.empty()) coverage = halved(coverage);
  }
  return product;
}

}  // namespace cameo
