// SPDX-License-Identifier: MIT
#include "pipeline/measure/flicker.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "base/error.h"

namespace cameo {
namespace {

cv::Mat change(const SwappedFrame& frame) {
  cv::Mat difference;
  cv::subtract(frame.swap, frame.original, difference, cv::noArray(), CV_16S);
  return difference;
}

void check_frame(const SwappedFrame& frame, cv::Size size) {
  check(frame.swap.type() == CV_8UC3 && frame.original.type() == CV_8UC3 &&
            frame.mask.type() == CV_8UC1,
        "flicker: wants 8-bit BGR images and masks");
  check(frame.swap.size() == size && frame.original.size() == size && frame.mask.size() == size,
        ErrorCode::Input, "flicker: images of different sizes");
}

cv::Mat grey(const cv::Mat& image) {
  cv::Mat to;
  cv::cvtColor(image, to, cv::COLOR_BGR2GRAY);
  return to;
}

/// Where each pixel of `after` was in `before`: CV_32FC2.
cv::Mat origins(const cv::Mat& before, const cv::Mat& after) {
  cv::Mat flow;
  // Its patches are of 8 pixels, and its coarsest scale has several of them.
  constexpr int kLeastSide = 32;
  if (std::min(after.cols, after.rows) < kLeastSide)
    flow = cv::Mat::zeros(after.size(), CV_32FC2);
  else
    cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM)
        ->calc(grey(after), grey(before), flow);
  for (int y = 0; y < flow.rows; ++y)
    for (int x = 0; x < flow.cols; ++x)
      flow.at<cv::Point2f>(y, x) += cv::Point2f(static_cast<float>(x), static_cast<float>(y));
  return flow;
}

}  // namespace

std::optional<double> flicker(const SwappedFrame& before, const SwappedFrame& after) {
  check_frame(before, after.swap.size());
  check_frame(after, after.swap.size());
  const cv::Mat from = origins(before.original, after.original);
  cv::Mat mask, moved;
  cv::remap(before.mask, mask, from, {}, cv::INTER_NEAREST, cv::BORDER_CONSTANT);
  mask &= after.mask;
  if (cv::countNonZero(mask) == 0) return {};
  cv::remap(change(before), moved, from, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::Mat changed;
  cv::absdiff(moved, change(after), changed);
  const cv::Scalar mean = cv::mean(changed, mask != 0);
  return (mean[0] + mean[1] + mean[2]) / 3;
}

}  // namespace cameo
