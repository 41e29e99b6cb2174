// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <functional>

#include <opencv2/core.hpp>

#include "model/infer/swapper.h"
#include "pipeline/face/faces_file.h"

namespace cameo::test {

/// A network that is any function of one square: CV_32FC3 in 0..1 -> the same form.
class FakeSwapper final : public Swapper {
 public:
  using Draw = std::function<cv::Mat(const cv::Mat&)>;
  explicit FakeSwapper(Draw draw, int side = 64, int batch = 1)
      : draw_(std::move(draw)), side_(side), batch_(batch) {}
  int size() const override { return side_; }
  int batch() const override { return batch_; }
  int coverage() const override { return covered; }
  bool has_mask() const override { return !mask.empty(); }
  std::span<const float> masks() const override { return masks_; }
  void run(std::span<const float> x, std::span<float> y, int count) override {
    ++runs;
    const auto floats = static_cast<std::size_t>(side_) * side_ * 3;
    for (int i = 0; i < count; ++i) {
      cv::Mat in(side_, side_, CV_32FC3, const_cast<float*>(x.data()) + i * floats);
      cv::Mat out(side_, side_, CV_32FC3, y.data() + i * floats);
      draw_(in).copyTo(out);
      ++faces;
    }
    masks_.clear();
    for (int i = 0; i < count && has_mask(); ++i)
      masks_.insert(masks_.end(), mask.begin<float>(), mask.end<float>());
  }

  int covered = 160;
  cv::Mat mask;  ///< of every face, CV_32FC1; empty: it has learned none
  int runs = 0;
  int faces = 0;

 private:
  std::vector<float> masks_;
  Draw draw_;
  int side_;
  int batch_;
};

inline FakeSwapper identity_swapper(int side = 64, int batch = 1) {
  return FakeSwapper([](const cv::Mat& x) { return x.clone(); }, side, batch);
}

inline FakeSwapper constant_swapper(const cv::Scalar& bgr, int side = 64, int batch = 1) {
  return FakeSwapper([bgr](const cv::Mat& x) { return cv::Mat(x.size(), CV_32FC3, bgr / 255); },
                     side, batch);
}

/// A face of ellipses: 68 points around `middle`, about `size` wide, turned by `degrees`.
inline Landmarks drawn_landmarks(cv::Point2f middle, float size, float degrees = 0) {
  Landmarks points(kIbug68);
  const auto arc = [&](int first, int count, cv::Point2f at, cv::Point2f axes, float from,
                       float to) {
    for (int i = 0; i < count; ++i) {
      const float t = from + (to - from) * static_cast<float>(i) / static_cast<float>(count - 1);
      points[static_cast<std::size_t>(first) + static_cast<std::size_t>(i)] =
          at + cv::Point2f(axes.x * std::cos(t), axes.y * std::sin(t));
    }
  };
  const auto pi = static_cast<float>(CV_PI);
  arc(0, 17, {0, -0.1F}, {0.5F, 0.65F}, pi, 0);
  arc(17, 5, {-0.22F, -0.25F}, {0.14F, 0.06F}, pi, 2 * pi);
  arc(22, 5, {0.22F, -0.25F}, {0.14F, 0.06F}, pi, 2 * pi);
  arc(27, 4, {0, -0.06F}, {0.001F, 0.12F}, -pi / 2, pi / 2);
  arc(31, 5, {0, 0.1F}, {0.08F, 0.03F}, pi, 0);
  arc(36, 6, {-0.2F, -0.14F}, {0.07F, 0.03F}, pi, 3 * pi - 1.05F);
  arc(42, 6, {0.2F, -0.14F}, {0.07F, 0.03F}, pi, 3 * pi - 1.05F);
  arc(48, 12, {0, 0.25F}, {0.16F, 0.07F}, pi, 3 * pi - 0.52F);
  arc(60, 8, {0, 0.25F}, {0.1F, 0.03F}, pi, 3 * pi - 0.79F);
  const float c = std::cos(degrees * pi / 180) * size;
  const float s = std::sin(degrees * pi / 180) * size;
  for (cv::Point2f& p : points) p = middle + cv::Point2f(c * p.x - s * p.y, s * p.x + c * p.y);
  return points;
}

inline Face drawn_face(cv::Point2f middle, float size, float degrees = 0) {
  const int half = cvRound(size / 2);
  return {.box = cv::Rect(cvRound(middle.x) - half, cvRound(middle.y) - half, 2 * half, 2 * half),
          .landmarks = drawn_landmarks(middle, size, degrees)};
}

/// A ramp with another slope in each channel, so that no shift goes unseen.
inline cv::Mat ramp(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(20 + 200.0 * x / width),
                                   cv::saturate_cast<uchar>(20 + 200.0 * y / height),
                                   cv::saturate_cast<uchar>(20 + 100.0 * (x + y) / width)};
    }
  }
  return image;
}

inline double largest_difference(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask = {}) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  difference = difference.reshape(1, static_cast<int>(difference.total()));
  cv::reduce(difference, difference, 1, cv::REDUCE_MAX);
  double largest = 0;
  const cv::Mat where = mask.empty() ? cv::Mat() : mask.reshape(1, static_cast<int>(mask.total()));
  cv::minMaxLoc(difference, nullptr, &largest, nullptr, nullptr, where);
  return largest;
}

}  // namespace cameo::test
