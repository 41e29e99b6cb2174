// SPDX-License-Identifier: MIT
#pragma once
#include <dlib/geometry/rectangle.h>
#include <opencv2/core.hpp>

namespace cameo {

/// A rectangle of dlib, whose right and bottom belong to it, as one of OpenCV, and back.
inline cv::Rect dlib_box(const dlib::rectangle& box) {
  return {cv::Point(static_cast<int>(box.left()), static_cast<int>(box.top())),
          cv::Point(static_cast<int>(box.right()) + 1, static_cast<int>(box.bottom()) + 1)};
}
inline dlib::rectangle dlib_box(const cv::Rect& box) {
  return {box.x, box.y, box.x + box.width - 1, box.y + box.height - 1};
}

}  // namespace cameo
