// SPDX-License-Identifier: MIT
#include "pipeline/compose/texture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/philox.h"

namespace cameo {
namespace {

constexpr std::array<double, 3> kLuma = {0.114, 0.587, 0.299};
constexpr double kToDeviation = 1 / 0.6745;  // median absolute value of a normal number
constexpr std::size_t kLeastPixels = 64;

cv::Mat luma_of(const cv::Mat& bgr) {
  cv::Mat luma;
  cv::transform(bgr, luma, cv::Matx13f(0.114F, 0.587F, 0.299F));
  return luma;
}

double white_deviation(const cv::Mat& channel, const cv::Mat& weight) {
  const cv::Mat kernel = (cv::Mat_<float>(3, 3) << 1, -2, 1, -2, 4, -2, 1, -2, 1);
  cv::Mat high;
  cv::filter2D(channel, high, CV_32F, kernel / 6, {-1, -1}, 0, cv::BORDER_REFLECT_101);
  std::vector<float> found;
  for (int y = 1; y + 1 < high.rows; ++y)
    for (int x = 1; x + 1 < high.cols; ++x)
      if (weight.at<float>(y, x) > 0) found.push_back(std::abs(high.at<float>(y, x)));
  if (found.size() < kLeastPixels) return 0;
  const auto middle = found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2);
  std::nth_element(found.begin(), middle, found.end());
  return *middle * kToDeviation;
}

double missing(double wanted, double there) {
  return std::sqrt(std::max(wanted * wanted - there * there, 0.0));
}

/// Mean squared gradient at a Gaussian scale, by weight.
double gradient_energy(const cv::Mat& luma, const cv::Mat& weight, double sigma) {
  cv::Mat smooth, dx, dy;
  cv::GaussianBlur(luma, smooth, {0, 0}, sigma, sigma, cv::BORDER_REFLECT_101);
  cv::Sobel(smooth, dx, CV_32F, 1, 0, 1, 0.5);
  cv::Sobel(smooth, dy, CV_32F, 0, 1, 1, 0.5);
  const cv::Mat energy = dx.mul(dx) + dy.mul(dy);
  return energy.dot(weight) / std::max(cv::sum(weight)[0], 1.0);
}

/// What white noise of deviation 1 adds to gradient_energy(): that of the Gaussian's derivative.
double noise_energy(double sigma) {
  return 2 / (8 * CV_PI * std::pow(sigma, 4));
}

/// Share of the coarse scale's gradients that the fine one's exceed them by; falls with blur.
double fineness(const cv::Mat& luma, const cv::Mat& weight, double fine, double noise) {
  const double coarse = 2 * fine;
  const double at_fine = gradient_energy(luma, weight, fine) - noise * noise * noise_energy(fine);
  const double at_coarse =
      gradient_energy(luma, weight, coarse) - noise * noise * noise_energy(coarse);
  return at_coarse <= 1e-6 ? 0 : std::max(at_fine, 0.0) / at_coarse;
}

double luma_noise(const Noise& noise) {
  double squares = noise.common * noise.common;
  for (std::size_t c = 0; c < 3; ++c)
    squares += kLuma.at(c) * kLuma.at(c) * noise.own.at(c) * noise.own.at(c);
  return std::sqrt(squares);
}

}  // namespace

Noise noise_level(const cv::Mat& image, const cv::Mat& weight) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  std::array<double, 3> whole{};
  double apart = 0, squares = 0;  // of luma, if no channel shared its noise
  for (std::size_t c = 0; c < 3; ++c) {
    whole.at(c) = white_deviation(channels[c], weight);
    apart += kLuma.at(c) * kLuma.at(c) * whole.at(c) * whole.at(c);
    squares += kLuma.at(c) * kLuma.at(c);
  }
  const double luma = white_deviation(luma_of(image), weight);
  Noise noise{.common = std::sqrt(std::max(luma * luma - apart, 0.0) / (1 - squares))};
  noise.common = std::min({noise.common, whole[0], whole[1], whole[2]});
  for (std::size_t c = 0; c < 3; ++c) noise.own.at(c) = missing(whole.at(c), noise.common);
  return noise;
}

cv::Mat with_grain(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight, double amount,
                   std::uint64_t seed) {
  if (amount <= 0) return drawn;
  const Noise wanted = noise_level(there, weight), has = noise_level(drawn, weight);
  const double common = amount * missing(wanted.common, has.common);
  std::array<double, 3> own{};
  for (std::size_t c = 0; c < 3; ++c) own.at(c) = amount * missing(wanted.own.at(c), has.own.at(c));
  cv::Mat grained = drawn.clone();
  for (int y = 0; y < grained.rows; ++y) {
    auto* pixel = grained.ptr<cv::Vec3f>(y);
    for (int x = 0; x < grained.cols; ++x) {
      // By place, so that a pixel's grain does not hang on the size of the part.
      const auto place = static_cast<std::uint64_t>(y) << 32 | static_cast<std::uint32_t>(x);
      const auto bits = philox(place, 0, seed);
      std::array<double, 4> normal{};
      for (unsigned k = 0; k < 4; k += 2) {
        const double radius = std::sqrt(-2 * std::log(1 - double{unit_float(bits[k])}));
        const double angle = 2 * CV_PI * unit_float(bits[k + 1]);
        normal.at(k) = radius * std::cos(angle);
        normal.at(k + 1) = radius * std::sin(angle);
      }
      for (std::size_t c = 0; c < 3; ++c)
        pixel[x][static_cast<int>(c)] +=
            static_cast<float>(common * normal[3] + own.at(c) * normal.at(c));
    }
  }
  return grained;
}

cv::Mat with_blur(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight, double side,
                  double amount) {
  const double fine = std::max(side / 150, 0.7);  // about a pixel of a network's square
  if (amount <= 0 || cv::countNonZero(weight) < static_cast<int>(kLeastPixels)) return drawn;
  const double wanted =
      fineness(luma_of(there), weight, fine, luma_noise(noise_level(there, weight)));
  const cv::Mat own = luma_of(drawn);
  const double own_noise = luma_noise(noise_level(drawn, weight));
  if (wanted <= 0 || fineness(own, weight, fine, own_noise) <= wanted) return drawn;
  double low = 0, high = side / 30;
  for (int k = 0; k < 7; ++k) {
    const double sigma = (low + high) / 2;
    cv::Mat smooth;
    cv::GaussianBlur(own, smooth, {0, 0}, sigma, sigma, cv::BORDER_REFLECT_101);
    (fineness(smooth, weight, fine, 0) > wanted ? low : high) = sigma;
  }
  const double sigma = amount * (low + high) / 2;
  if (sigma < 0.2) return drawn;  // a Gaussian that narrow changes nothing
  cv::Mat blurred;
  cv::GaussianBlur(drawn, blurred, {0, 0}, sigma, sigma, cv::BORDER_REFLECT_101);
  return blurred;
}

}  // namespace cameo
