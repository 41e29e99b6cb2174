// SPDX-License-Identifier: MIT
#include "pipeline/measure/preservation.h"

#include <array>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/face_square.h"
#include "pipeline/face/align.h"

namespace cameo {

std::optional<double> preservation(const cv::Mat& swap, const cv::Mat& original,
                                   const std::vector<Face>& faces, int coverage) {
  check(swap.size() == original.size() && swap.type() == CV_8UC3 && original.type() == CV_8UC3,
        ErrorCode::Input, "preservation: wants 8-bit BGR images of one size");
  cv::Mat outside(swap.size(), CV_8UC1, cv::Scalar(255));
  for (const Face& face : faces) {
    // A sample beyond each edge, which interpolation may reach into.
    const PlacedSquare square = place_square(face.landmarks, {coverage, coverage});
    const Transform back = invert(square.to_square);
    const double end = coverage;
    std::vector<cv::Point> corners;
    for (const cv::Point2d corner :
         std::array<cv::Point2d, 4>{{{-1.0, -1.0}, {end, -1.0}, {end, end}, {-1.0, end}}})
      corners.emplace_back(apply(back, corner));
    cv::fillConvexPoly(outside, corners, 0);
    cv::polylines(outside, corners, true, 0, 3);  // corners were rounded
  }
  const int count = cv::countNonZero(outside);
  if (count == 0) return {};
  cv::Mat difference, channels[3];
  cv::absdiff(swap, original, difference);
  cv::split(difference, channels);
  const cv::Mat changed = (channels[0] | channels[1] | channels[2]) & outside;
  return 1 - static_cast<double>(cv::countNonZero(changed)) / count;
}

}  // namespace cameo
