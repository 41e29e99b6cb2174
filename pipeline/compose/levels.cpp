// SPDX-License-Identifier: MIT
#include "pipeline/compose/levels.h"

#include "base/error.h"

namespace cameo {

double steps_of_level(int depth) {
  return depth == CV_16U ? 257 : 1;  // 65535 / 255
}

cv::Mat in_levels(const cv::Mat& image) {
  if (image.depth() == CV_32F) return image;
  cv::Mat real;
  image.convertTo(real, CV_32F, 1 / steps_of_level(image.depth()));
  return real;
}

void check_frame(std::string_view user, const cv::Mat& frame) {
  check(frame.type() == CV_8UC3 || frame.type() == CV_16UC3, user,
        ": wants BGR frames of 8 or 16 bits a channel, got OpenCV's type ", frame.type());
}

}  // namespace cameo
