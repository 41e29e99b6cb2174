// SPDX-License-Identifier: MIT
#include "pipeline/compose/color.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/color_transport.h"

namespace cameo {
namespace {

constexpr double kMaxSpread = 2;

struct Moments {
  cv::Vec3d mean;
  cv::Vec3d spread;
};

/// Weighted means and standard deviations of the channels of a CV_32FC3 image.
Moments moments(const cv::Mat& image, const cv::Mat& weight) {
  cv::Vec3d sum;
  cv::Vec3d squares;
  double total = 0;
  for (int y = 0; y < image.rows; ++y) {
    const auto* pixel = image.ptr<cv::Vec3f>(y);
    const auto* w = weight.empty() ? nullptr : weight.ptr<float>(y);
    for (int x = 0; x < image.cols; ++x) {
      const double by = w == nullptr ? 1.0 : w[x];
      const cv::Vec3d p = pixel[x];
      sum += by * p;
      squares += by * p.mul(p);
      total += by;
    }
  }
  if (total <= 0) return {};
  Moments found{.mean = sum / total};
  for (int c = 0; c < 3; ++c) {
    found.spread[c] = std::sqrt(std::max(0.0, squares[c] / total - found.mean[c] * found.mean[c]));
  }
  return found;
}

cv::Mat as_float(const cv::Mat& image) {
  if (image.type() == CV_32FC3) return image;
  cv::Mat converted;
  image.convertTo(converted, CV_32F);
  return converted;
}

void clamp(cv::Mat& image) {
  cv::min(image, cv::Scalar::all(255), image);
  cv::max(image, cv::Scalar::all(0), image);
}

cv::Mat to_lab(const cv::Mat& bgr) {
  cv::Mat lab = bgr / 255;
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  return lab;
}

cv::Mat match_lab(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  cv::Mat lab = to_lab(drawn);
  const Moments from = moments(lab, weight);
  const Moments to = moments(to_lab(there), weight);
  cv::Vec3d factor;
  for (int c = 0; c < 3; ++c) {
    const double ratio = from.spread[c] > 1e-6 ? to.spread[c] / from.spread[c] : 1.0;
    factor[c] = std::clamp(ratio, 1 / kMaxSpread, kMaxSpread);
  }
  for (int y = 0; y < lab.rows; ++y) {
    auto* pixel = lab.ptr<cv::Vec3f>(y);
    for (int x = 0; x < lab.cols; ++x) {
      pixel[x] = factor.mul(cv::Vec3d(pixel[x]) - from.mean) + to.mean;
    }
  }
  cv::cvtColor(lab, lab, cv::COLOR_Lab2BGR);
  return lab * 255;
}

}  // namespace

std::vector<std::pair<std::string, ColorMatch>> color_words() {
  return {{"none", ColorMatch::None},
          {"avg", ColorMatch::Average},
          {"lab", ColorMatch::Lab},
          {"mkl", ColorMatch::Linear},
          {"hist", ColorMatch::Histogram},
          {"sliced", ColorMatch::Sliced},
          {"multi-scale", ColorMatch::MultiScale}};
}

ColorMatch color_match(std::string_view name) {
  std::string all;
  for (const auto& [word, method] : color_words()) {
    if (word == name) return method;
    all += (all.empty() ? "" : ", ") + word;
  }
  fail(ErrorCode::Usage, "color: no method '", name, "'; there are ", all);
}

cv::Vec3d average_shift(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  check(drawn.size() == there.size(), "color: images of ", drawn.cols, "x", drawn.rows, " and ",
        there.cols, "x", there.rows);
  return moments(as_float(there), weight).mean - moments(as_float(drawn), weight).mean;
}

namespace {

cv::Mat transferred(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight,
                    ColorMatch how) {
  switch (how) {
    case ColorMatch::None:
      break;
    case ColorMatch::Average:
      return drawn + cv::Scalar(average_shift(drawn, there, weight));
    case ColorMatch::Lab:
      return match_lab(drawn, there, weight);
    case ColorMatch::Linear:
      return transport_linear(drawn, there, weight);
    case ColorMatch::Histogram:
      return match_histograms(drawn, there, weight);
    case ColorMatch::Sliced:
      return transport_sliced(drawn, there, weight);
    case ColorMatch::MultiScale:
      return replace_coarse_bands(drawn, there, weight);
  }
  return drawn.clone();
}

}  // namespace

cv::Mat match_color(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight,
                    ColorMatch how) {
  // A face that lies outside the frame has nothing to be matched with.
  const bool nothing = !weight.empty() && cv::countNonZero(weight) == 0;
  if (how == ColorMatch::None || nothing) return drawn.clone();
  cv::Mat matched = transferred(drawn, there, weight, how);
  clamp(matched);
  return matched;
}

}  // namespace cameo
