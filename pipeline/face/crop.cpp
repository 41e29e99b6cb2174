// SPDX-License-Identifier: MIT
#include "pipeline/face/crop.h"

#include <algorithm>
#include <vector>

#include <climits>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

/// The pixels of a frame that a crop of `size` pixels is interpolated from.
cv::Rect source_of(const cv::Mat& frame, const Transform& to_crop, int size) {
  const Transform back = invert(to_crop);
  std::vector<cv::Point2f> corners;
  for (const cv::Point2d corner :
       {cv::Point2d(-1, -1), cv::Point2d(size, -1), cv::Point2d(size, size), cv::Point2d(-1, size)})
    corners.emplace_back(apply(back, corner));
  return cv::boundingRect(corners) & cv::Rect({0, 0}, frame.size());
}

/// Places in an image of that size as shares of its sides.
FaceLandmarks shares_of(const Landmarks& landmarks, const Transform& to_image, cv::Size2d size) {
  FaceLandmarks shares;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const cv::Point2d p = apply(to_image, landmarks[i]);
    shares.at(i) = {(p.x + 0.5) / size.width, (p.y + 0.5) / size.height};
  }
  return shares;
}

}  // namespace

std::optional<FaceLandmarks> landmarks_aligned(const Landmarks& landmarks, int size,
                                               double pixel_aspect) {
  if (landmarks.size() != kIbug68) return {};
  const Transform to_crop = aligned_transform(align_unit(landmarks, pixel_aspect), size);
  return shares_of(landmarks, to_crop, cv::Size(size, size));
}

std::optional<FaceLandmarks> landmarks_in_box(const Landmarks& landmarks, const cv::Rect& box) {
  if (landmarks.size() != kIbug68 || box.empty()) return {};
  return shares_of(landmarks, Transform(1, 0, -box.x, 0, 1, -box.y), box.size());
}

Transform aligned_transform(const Landmarks& landmarks, int size) {
  return aligned_transform(align_unit(landmarks), size);
}

Transform aligned_transform(const Transform& unit, int size) {
  return align_to(unit, size, aligned_padding(size));
}

cv::Mat crop_aligned(const cv::Mat& frame, const Landmarks& landmarks, int size) {
  return crop_aligned(frame, align_unit(landmarks), size);
}

cv::Mat crop_aligned(const cv::Mat& frame, const Transform& unit, int size) {
  check(size > 0, "crop: size must be positive, got ", size);
  Transform to_crop = aligned_transform(unit, size);
  cv::Mat from = frame;
  if (std::max(frame.cols, frame.rows) >= SHRT_MAX) {  // more than OpenCV warps from
    const cv::Rect part = source_of(frame, to_crop, size);
    if (part.empty()) return cv::Mat::zeros(size, size, frame.type());
    from = frame(part);
    to_crop = from_corner(to_crop, part.tl());
  }
  // Beyond the frame its edge goes on: of a black part a network makes patches of any color.
  cv::Mat face;
  cv::warpAffine(from, face, to_crop, {size, size}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return face;
}

cv::Mat crop_box(const cv::Mat& frame, const cv::Rect& box, int size) {
  check(size > 0, "crop: size must be positive, got ", size);
  check(!box.empty() && (box & cv::Rect({0, 0}, frame.size())) == box, "crop: box ", box.width, "x",
        box.height, " at ", box.x, ",", box.y, " is not inside the frame of ", frame.cols, "x",
        frame.rows);
  return resized(frame(box), {size, size});
}

cv::Mat resized(const cv::Mat& image, cv::Size size) {
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, cv::INTER_LINEAR);
  return result;
}

}  // namespace cameo
