// SPDX-License-Identifier: MIT
#include "pipeline/mark/residual.h"

#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/mark/carriers.h"
#include "pipeline/mark/watermark.h"

namespace cameo {
namespace {

/// Sigmas of the Gaussians between which the three band passes lie, pixels at kMarkScale.
constexpr double kBands[] = {1.2, 2.4, 5.0};
constexpr int kLocal = 9;  // side of the window of the local deviation, pixels
// Levels: a flat area is not blown up without end, in which a codec leaves the noise of its own.
constexpr double kLeastNoise = 0.8;
constexpr double kClip = 2.5;  // deviations; one strong edge is not to outweigh a region

}  // namespace

cv::Mat mark_luma(const cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, ErrorCode::Usage,
        "watermark: wants 8- or 16-bit BGR, got type ", frame.type());
  check_can_be_marked(frame.size());
  cv::Mat luma;
  cv::cvtColor(frame, luma, cv::COLOR_BGR2GRAY);
  luma.convertTo(luma, CV_32F, frame.depth() == CV_16U ? 1.0 / 257 : 1.0);
  const double scale = std::sqrt(static_cast<double>(luma.cols) * luma.rows) / kMarkScale;
  const cv::Size size(static_cast<int>(std::lround(luma.cols / scale)),
                      static_cast<int>(std::lround(luma.rows / scale)));
  cv::Mat scaled;
  cv::resize(luma, scaled, size, 0, 0, scale > 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return scaled;
}

cv::Mat luma_residual(const cv::Mat& luma) {
  cv::Mat residual = cv::Mat::zeros(luma.size(), CV_32FC1);
  cv::Mat fine = luma;
  for (double sigma : kBands) {
    cv::Mat rough;
    cv::GaussianBlur(luma, rough, {}, sigma);
    const cv::Mat band = fine - rough;
    cv::Mat deviation;
    cv::blur(band.mul(band), deviation, {kLocal, kLocal});
    cv::sqrt(cv::max(deviation, 0), deviation);
    deviation += kLeastNoise;
    cv::Mat normal = band / deviation;
    normal = cv::max(cv::min(normal, kClip), -kClip);
    // Beyond equal power: what hides the watermark less tells more of it.
    cv::sqrt(deviation, deviation);
    residual += normal / deviation;
    fine = rough;
  }
  return residual;
}

cv::Mat mark_residual(const cv::Mat& frame) {
  return luma_residual(mark_luma(frame));
}

}  // namespace cameo
