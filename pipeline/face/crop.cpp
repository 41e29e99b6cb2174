// SPDX-License-Identifier: MIT
#include "pipeline/face/crop.h"

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {

Transform aligned_transform(const Landmarks& landmarks, int size) {
  return align_to(align_unit(landmarks), size, aligned_padding(size));
}

cv::Mat crop_aligned(const cv::Mat& frame, const Landmarks& landmarks, int size) {
  check(size > 0, "crop: size must be positive, got ", size);
  cv::Mat face;
  cv::warpAffine(frame, face, aligned_transform(landmarks, size), {size, size}, cv::INTER_LINEAR,
                 cv::BORDER_CONSTANT, cv::Scalar());
  return face;
}

cv::Mat crop_box(const cv::Mat& frame, const cv::Rect& box, int size) {
  check(size > 0, "crop: size must be positive, got ", size);
  check(!box.empty() && (box & cv::Rect({0, 0}, frame.size())) == box, "crop: box ", box.width, "x",
        box.height, " at ", box.x, ",", box.y, " is not inside the frame of ", frame.cols, "x",
        frame.rows);
  cv::Mat face;
  cv::resize(frame(box), face, {size, size}, 0, 0, cv::INTER_LINEAR);
  return face;
}

}  // namespace cameo
