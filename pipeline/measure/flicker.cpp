// SPDX-License-Identifier: MIT
#include "pipeline/measure/flicker.h"

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

}  // namespace

std::optional<double> flicker(const SwappedFrame& before, const SwappedFrame& after) {
  check_frame(before, after.swap.size());
  check_frame(after, after.swap.size());
  const cv::Mat both = before.mask & after.mask;
  if (cv::countNonZero(both) == 0) return {};
  cv::Mat changed;
  cv::absdiff(change(before), change(after), changed);
  const cv::Scalar mean = cv::mean(changed, both != 0);
  return (mean[0] + mean[1] + mean[2]) / 3;
}

}  // namespace cameo
