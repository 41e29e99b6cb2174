// SPDX-License-Identifier: MIT
#include "pipeline/compose/poisson.h"

#include <cmath>
#include <vector>

#include "base/error.h"

namespace cameo {
namespace {

/// Sine transforms (DST-I) of an image's rows, by the Fourier transforms of their odd extensions.
cv::Mat sines_of_rows(const cv::Mat& image) {
  const int n = image.cols;
  cv::Mat odd(image.rows, 2 * (n + 1), CV_32FC1, cv::Scalar(0));
  for (int y = 0; y < image.rows; ++y) {
    const auto* from = image.ptr<float>(y);
    auto* to = odd.ptr<float>(y);
    for (int x = 0; x < n; ++x) {
      to[x + 1] = from[x];
      to[2 * n + 1 - x] = -from[x];
    }
  }
  cv::Mat waves;
  cv::dft(odd, waves, cv::DFT_ROWS | cv::DFT_COMPLEX_OUTPUT);
  cv::Mat sines(image.size(), CV_32FC1);
  for (int y = 0; y < image.rows; ++y) {
    const auto* from = waves.ptr<cv::Vec2f>(y);
    auto* to = sines.ptr<float>(y);
    for (int x = 0; x < n; ++x) to[x] = -from[x + 1][1] / 2;
  }
  return sines;
}

cv::Mat sines(const cv::Mat& image) {
  return sines_of_rows(sines_of_rows(image).t()).t();
}

/// Eigenvalues of the second difference over n places between two that are 0.
std::vector<double> eigenvalues(int n) {
  std::vector<double> values;
  for (int k = 1; k <= n; ++k) values.push_back(2 * std::cos(CV_PI * k / (n + 1)) - 2);
  return values;
}

/// The image whose Laplacian this is, 0 around it.
cv::Mat solve_laplacian(const cv::Mat& laplacian) {
  cv::Mat waves = sines(laplacian);
  const std::vector<double> along = eigenvalues(waves.cols), down = eigenvalues(waves.rows);
  for (int y = 0; y < waves.rows; ++y) {
    auto* wave = waves.ptr<float>(y);
    const double own = down[static_cast<std::size_t>(y)];
    for (int x = 0; x < waves.cols; ++x)
      wave[x] = static_cast<float>(wave[x] / (own + along[static_cast<std::size_t>(x)]));
  }
  return sines(waves) * (4.0 / ((waves.rows + 1) * (waves.cols + 1)));
}

/// Divergence of the gradients of `change` between neighbours that both lie in the region, without
/// the outermost pixels.
cv::Mat divergence(const cv::Mat& change, const cv::Mat& region) {
  cv::Mat sums(change.rows - 2, change.cols - 2, CV_32FC1);
  for (int y = 1; y + 1 < change.rows; ++y) {
    for (int x = 1; x + 1 < change.cols; ++x) {
      float sum = 0;
      for (const cv::Point side : {cv::Point(1, 0), cv::Point(-1, 0), {0, 1}, {0, -1}}) {
        const cv::Point other = cv::Point(x, y) + side;
        if (region.at<uchar>(y, x) != 0 && region.at<uchar>(other) != 0)
          sum += change.at<float>(other) - change.at<float>(y, x);
      }
      sums.at<float>(y - 1, x - 1) = sum;
    }
  }
  return sums;
}

}  // namespace

cv::Mat poisson_clone(const cv::Mat& over, const cv::Mat& there, const cv::Mat& region) {
  check(over.type() == CV_32FC3 && there.type() == CV_32FC3 && over.size() == there.size() &&
            region.type() == CV_8UC1 && region.size() == there.size() && there.cols > 2 &&
            there.rows > 2,
        "poisson_clone: wants float BGR images and a region of one size, got ", there.cols, "x",
        there.rows);
  // `there` fulfils the equation by itself, so only the change is solved for.
  std::vector<cv::Mat> channels;
  cv::split(over - there, channels);
  const cv::Rect inner(1, 1, there.cols - 2, there.rows - 2);
  for (cv::Mat& channel : channels) {
    const cv::Mat change = solve_laplacian(divergence(channel, region));
    channel.setTo(0);
    change.copyTo(channel(inner));
  }
  cv::Mat result;
  cv::merge(channels, result);
  return result + there;
}

}  // namespace cameo
