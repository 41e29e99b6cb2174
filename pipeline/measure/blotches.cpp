// SPDX-License-Identifier: MIT
#include "pipeline/measure/blotches.h"

#include <algorithm>
#include <array>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/crop.h"

namespace cameo {
namespace {

constexpr int kSide = 128;
constexpr int kCell = 8;
constexpr int kCells = kSide / kCell;
/// A cell with fewer pixels takes the whole face's colours.
constexpr double kFewest = 64;
/// Deviation that every cell has at least, in CIELAB: what is just seen.
constexpr double kLeastDeviation = 2;
constexpr double kQuantile = 0.999;
/// Squared distance that 0.1 % of a Gaussian exceeds in three dimensions: the least limit, for few
/// and flat training faces would have a smaller one.
constexpr double kLeastLimit = 16.27;

/// The pixels of one face: CIELAB less its median, CV_32FC3, and where they count.
struct Colors {
  cv::Mat lab;
  cv::Mat inside;
};

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Visit>
void each_pixel(const Colors& face, Visit visit) {
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      if (face.inside.at<uchar>(y, x) != 0) visit(cv::Point(x, y), face.lab.at<cv::Vec3f>(y, x));
    }
  }
}

/// image: an aligned face of 256 x 256; inside: not 0 where it counts. An `inside` without a pixel
/// comes back so.
Colors colors_of(const cv::Mat& image, const cv::Mat& inside) {
  cv::Mat small, real;
  Colors face;
  cv::resize(image, small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  small.convertTo(real, CV_32F, 1.0 / 255);
  cv::cvtColor(real, face.lab, cv::COLOR_BGR2Lab);
  cv::resize(inside, face.inside, {kSide, kSide}, 0, 0, cv::INTER_AREA);
  face.inside = face.inside == 255;
  std::array<std::vector<float>, 3> channels;
  each_pixel(face, [&](cv::Point, const cv::Vec3f& color) {
    for (int c = 0; c < 3; ++c) channels.at(static_cast<std::size_t>(c)).push_back(color[c]);
  });
  if (channels[0].empty()) return face;
  face.lab -= cv::Scalar(median(channels[0]), median(channels[1]), median(channels[2]));
  return face;
}

cv::Mat hull_of(const Landmarks& landmarks) {
  const std::vector<cv::Point> points(landmarks.begin(), landmarks.end());
  std::vector<cv::Point> hull;
  cv::convexHull(points, hull);
  cv::Mat inside = cv::Mat::zeros(kFaceSide, kFaceSide, CV_8UC1);
  cv::fillConvexPoly(inside, hull, cv::Scalar(255));
  return inside;
}

std::size_t cell_at(cv::Point at) {
  return static_cast<std::size_t>(at.y / kCell) * kCells + static_cast<std::size_t>(at.x / kCell);
}

/// Sums that a Gaussian is made of.
struct Moments {
  double count = 0;
  cv::Vec3d sum;
  cv::Matx33d squares = cv::Matx33d::zeros();
  void add(const cv::Vec3d& color) {
    ++count;
    sum += color;
    squares += color * color.t();
  }
  cv::Vec3d mean() const { return sum * (1 / count); }
  cv::Matx33d inverse() const {
    const cv::Matx33d own = squares * (1 / count) - mean() * mean().t();
    return (own + cv::Matx33d::eye() * (kLeastDeviation * kLeastDeviation)).inv();
  }
};

}  // namespace

FaceColors::FaceColors(std::span<const AlignedFace> faces) : cells_(std::size_t{kCells} * kCells) {
  std::vector<Colors> all;
  std::vector<Moments> moments(cells_.size());
  Moments whole;
  for (const AlignedFace& face : faces) {
    check(face.image.type() == CV_8UC3 && face.image.size() == cv::Size(kFaceSide, kFaceSide),
          ErrorCode::Input, "blotches: a training face of ", face.image.cols, "x", face.image.rows);
    all.push_back(colors_of(face.image, hull_of(face.landmarks)));
    each_pixel(all.back(), [&](cv::Point at, const cv::Vec3f& color) {
      moments[cell_at(at)].add(color);
      whole.add(color);
    });
  }
  check(whole.count > 0, ErrorCode::Input, "blotches: no training face to compare with");
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Moments& own = moments[i].count < kFewest ? whole : moments[i];
    cells_[i] = {own.mean(), own.inverse()};
  }
  std::vector<double> distances;
  for (const Colors& face : all) {
    each_pixel(face, [&](cv::Point at, const cv::Vec3f& color) {
      distances.push_back(squared_distance(at, color));
    });
  }
  const auto rank = static_cast<std::size_t>(kQuantile * static_cast<double>(distances.size() - 1));
  const auto place = distances.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(distances.begin(), place, distances.end());
  limit_ = std::max(*place, kLeastLimit);
}

double FaceColors::squared_distance(cv::Point at, const cv::Vec3f& color) const {
  const Gaussian& cell = cells_[cell_at(at)];
  const cv::Vec3d off = cv::Vec3d(color) - cell.mean;
  return off.dot(cell.inverse * off);
}

std::optional<double> FaceColors::blotches(const cv::Mat& frame, const Landmarks& landmarks,
                                           const cv::Mat& region) const {
  check(region.type() == CV_8UC1 && region.size() == frame.size(), "blotches: region of ",
        region.cols, "x", region.rows, " for a frame of ", frame.cols, "x", frame.rows);
  cv::Mat inside;
  cv::warpAffine(region, inside, aligned_transform(landmarks), {kFaceSide, kFaceSide},
                 cv::INTER_NEAREST);
  const Colors face = colors_of(crop_aligned(frame, landmarks), inside != 0);
  const int count = cv::countNonZero(face.inside);
  if (count == 0) return {};
  int far = 0;
  each_pixel(face, [&](cv::Point at, const cv::Vec3f& color) {
    if (squared_distance(at, color) > limit_) ++far;
  });
  return static_cast<double>(far) / count;
}

}  // namespace cameo
