// SPDX-License-Identifier: MIT
#include "pipeline/compose/blend.h"

#include <cmath>

#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "base/error.h"
#include "pipeline/compose/bicubic.h"
#include "pipeline/compose/levels.h"
#include "pipeline/compose/poisson.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

constexpr double kClonedFrom = 254.5 / 365;

void check_alike(const cv::Mat& over, const cv::Mat& there, const cv::Mat& weight) {
  check(over.size() == there.size() && weight.size() == there.size(), "blend: images of ",
        over.cols, "x", over.rows, " and ", there.cols, "x", there.rows, ", weights of ",
        weight.cols, "x", weight.rows);
  check_frame("blend", there);
  check(weight.type() == CV_32FC1, "blend: wants float weights");
}

template <class Value>
void blend_over(cv::Mat& mixed, const cv::Mat& from, const cv::Mat& weight) {
  const auto step = static_cast<float>(steps_of_level(mixed.depth()));
  for (int y = 0; y < mixed.rows; ++y) {
    const auto* a = from.ptr<cv::Vec3f>(y);
    const auto* w = weight.ptr<float>(y);
    auto* to = mixed.ptr<cv::Vec<Value, 3>>(y);
    for (int x = 0; x < mixed.cols; ++x) {
      if (w[x] <= 0) continue;
      for (int c = 0; c < 3; ++c) {
        const auto old = static_cast<float>(to[x][c]);
        to[x][c] = cv::saturate_cast<Value>(w[x] * (a[x][c] * step) + (1 - w[x]) * old);
      }
    }
  }
}

/// The region's part of the frame with a rim of pixels that stay as they are.
cv::Mat cloned_deep(const cv::Mat& over, const cv::Mat& there, const cv::Mat& region) {
  constexpr int kRim = 2;
  cv::Mat wide_over, wide_there, wide_region;
  cv::copyMakeBorder(over, wide_over, kRim, kRim, kRim, kRim, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(there, wide_there, kRim, kRim, kRim, kRim, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(region, wide_region, kRim, kRim, kRim, kRim, cv::BORDER_CONSTANT);
  const cv::Rect extent = cv::boundingRect(wide_region);
  const cv::Rect part(extent.tl() - cv::Point(1, 1), extent.br() + cv::Point(1, 1));
  cv::Mat cloned = in_levels(wide_there).clone();
  poisson_clone(in_levels(wide_over(part)), in_levels(wide_there(part)), wide_region(part))
      .copyTo(cloned(part));
  cv::Mat deep, result = there.clone();
  cloned(cv::Rect(kRim, kRim, there.cols, there.rows))
      .convertTo(deep, CV_16U, steps_of_level(CV_16U));
  deep.copyTo(result, region);
  return result;
}

}  // namespace

cv::Mat warp_back(const cv::Mat& drawn, const Transform& to_square, const cv::Mat& there,
                  const cv::Rect& where, int interpolation) {
  check(there.size() == where.size(), "warp_back: ", there.cols, "x", there.rows,
        " pixels for a part of ", where.width, "x", where.height);
  cv::Mat over;
  if (drawn.depth() == CV_32F) {
    in_levels(there).copyTo(over);
  } else {
    there.convertTo(over, drawn.type());
  }
  const Transform to_drawn = from_corner(to_square, where.tl());
  if (drawn.type() == CV_32FC3 && interpolation == cv::INTER_CUBIC) {
    lay_bicubic(drawn, to_drawn, over);
    return over;
  }
  cv::warpAffine(drawn, over, to_drawn, where.size(), interpolation | cv::WARP_INVERSE_MAP,
                 cv::BORDER_TRANSPARENT);
  return over;
}

cv::Mat warp_back_filtered(const cv::Mat& drawn, const Transform& to_square, const cv::Mat& there,
                           const cv::Rect& where) {
  const double step = std::hypot(to_square(0, 0), to_square(1, 0));  // drawn's pixels to a frame's
  if (step <= 1) return warp_back(drawn, to_square, there, where);
  // A Gaussian whose deviation is half a sample's step passes what the sampling can keep; drawn
  // pixels are as smooth as one of half a pixel makes them.
  const double sigma = 0.5 * std::sqrt(step * step - 1);
  cv::Mat smooth;
  cv::GaussianBlur(drawn, smooth, {0, 0}, sigma, sigma, cv::BORDER_REPLICATE);
  return warp_back(smooth, to_square, there, where);
}

cv::Mat sharpened(const cv::Mat& image, double amount) {
  if (amount == 0) return image;
  cv::Mat smooth, sharp;
  cv::GaussianBlur(image, smooth, {0, 0}, 1, 1, cv::BORDER_REPLICATE);
  cv::addWeighted(image, 1 + amount, smooth, -amount, 0, sharp);
  return sharp;
}

cv::Mat blend(const cv::Mat& over, const cv::Mat& there, const cv::Mat& weight) {
  check_alike(over, there, weight);
  const cv::Mat from = in_levels(over);
  cv::Mat mixed = there.clone();
  if (mixed.depth() == CV_16U) {
    blend_over<ushort>(mixed, from, weight);
  } else {
    blend_over<uchar>(mixed, from, weight);
  }
  return mixed;
}

cv::Mat clone_seamless(const cv::Mat& over, const cv::Mat& there, const cv::Mat& weight) {
  check_alike(over, there, weight);
  check(there.depth() == CV_16U || over.type() == CV_8UC3,
        "clone_seamless: wants an 8-bit image over an 8-bit one");
  cv::Mat region;
  cv::threshold(weight, region, kClonedFrom, 255, cv::THRESH_BINARY);
  region.convertTo(region, CV_8U);
  // The solver needs an inside: below 3 pixels a side there is none.
  const cv::Rect extent = cv::boundingRect(region);
  if (extent.width < 3 || extent.height < 3) return blend(over, there, weight);
  if (there.depth() == CV_16U) return cloned_deep(over, there, region);

  // OpenCV ignores the outermost pixels and wants room around the region: give it a rim.
  constexpr int kRim = 3;
  cv::Mat wide_over;
  cv::Mat wide_there;
  cv::Mat wide_region;
  cv::copyMakeBorder(over, wide_over, kRim, kRim, kRim, kRim, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(there, wide_there, kRim, kRim, kRim, kRim, cv::BORDER_REPLICATE);
  cv::copyMakeBorder(region, wide_region, kRim, kRim, kRim, kRim, cv::BORDER_CONSTANT);
  const cv::Point center(extent.x + kRim + extent.width / 2, extent.y + kRim + extent.height / 2);
  cv::Mat cloned;
  cv::seamlessClone(wide_over, wide_there, wide_region, center, cloned, cv::NORMAL_CLONE);
  cv::Mat result = there.clone();
  cloned(cv::Rect(kRim, kRim, there.cols, there.rows)).copyTo(result, region);
  return result;
}

}  // namespace cameo
