// SPDX-License-Identifier: MIT
#include "pipeline/compose/dense_flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo {
namespace {

constexpr std::ptrdiff_t kRadius = 5;  // of a polynomial's neighbourhood
constexpr double kDeviation = 1.2;
constexpr std::ptrdiff_t kWindow = 11, kHalfWindow = kWindow / 2;
constexpr int kIterations = 2;
constexpr int kMostHalvings = 2;
constexpr int kLeastSide = 32;  // of the coarsest scale
constexpr int kTerms = 5;       // of a polynomial: y, x, y^2, x^2, xy
constexpr int kStride = 8;      // floats from one polynomial to the next: a whole vector
constexpr std::array<float, 5> kBorder{0.14F, 0.14F, 0.4472F, 0.4472F, 0.4472F};

/// Weights of a least-squares fit in a Gaussian neighbourhood.
struct Fit {
  std::array<float, kRadius + 1> one{}, x{}, xx{};  // Gaussian, times the distance, squared
  float first = 0, second_by_one = 0, second = 0, mixed = 0;  // of the inverse of its moments
};

Fit make_fit() {
  const auto gauss = [](double x) { return std::exp(-x * x / (2 * kDeviation * kDeviation)); };
  double sum = 0;
  for (std::ptrdiff_t x = -kRadius; x <= kRadius; ++x) sum += gauss(static_cast<double>(x));
  Fit fit;
  double second = 0, fourth = 0;  // moments of the one-dimensional Gaussian
  for (std::ptrdiff_t i = -kRadius; i <= kRadius; ++i) {
    const auto x = static_cast<double>(i);
    const double g = gauss(x) / sum;
    second += g * x * x;
    fourth += g * x * x * x * x;
    if (i < 0) continue;
    const auto at = static_cast<std::size_t>(i);
    fit.one.at(at) = static_cast<float>(g);
    fit.x.at(at) = static_cast<float>(x * g);
    fit.xx.at(at) = static_cast<float>(x * x * g);
  }
  cv::Matx33d moments(1, second, second, second, fourth, second * second, second, second * second,
                      fourth);
  const cv::Matx33d inverse = moments.inv();
  fit.first = static_cast<float>(1 / second);
  fit.second_by_one = static_cast<float>(inverse(0, 1));
  fit.second = static_cast<float>(inverse(1, 1));
  fit.mixed = static_cast<float>(1 / (second * second));
  return fit;
}

/// Polynomials of an image, kStride floats a pixel.
struct Expansion {
  int rows = 0, columns = 0;
  std::vector<float> terms;
  const float* at(int y, int x) const {
    return terms.data() + (std::ptrdiff_t{y} * columns + x) * kStride;
  }
};

/// Rows about row y of a plane; beyond the border it is repeated.
template <std::ptrdiff_t Radius>
std::array<const float*, 2 * Radius + 1> rows_about(const cv::Mat& plane, int y) {
  std::array<const float*, 2 * Radius + 1> rows{};
  int at = y - int{Radius};
  for (const float*& row : rows) row = plane.ptr<float>(std::clamp(at++, 0, plane.rows - 1));
  return rows;
}

/// Sums down the columns: of the values, of those times their distance, and of those times its
/// square.
CAMEO_SIMD void sum_down(const std::array<const float*, 2 * kRadius + 1>& rows, const Fit& fit,
                         std::ptrdiff_t count, float* __restrict one, float* __restrict by,
                         float* __restrict squared) {
  for (std::ptrdiff_t x = 0; x < count; ++x) {
    float sum = rows[kRadius][x] * fit.one[0], first = 0, second = 0;
    for (std::size_t k = 1; k <= std::size_t{kRadius}; ++k) {
      const float above = rows[kRadius - k][x], below = rows[kRadius + k][x];
      sum += fit.one[k] * (above + below);
      first += fit.x[k] * (below - above);
      second += fit.xx[k] * (above + below);
    }
    one[x] = sum;
    by[x] = first;
    squared[x] = second;
  }
}

/// Polynomials of a row, from those sums, which are repeated kRadius places beyond both ends.
CAMEO_SIMD void fit_row(const float* __restrict one, const float* __restrict by,
                        const float* __restrict squared, const Fit& fit, std::ptrdiff_t count,
                        float* __restrict out) {
  for (std::ptrdiff_t x = 0; x < count; ++x) {
    float b1 = one[x] * fit.one[0], b2 = 0, b3 = by[x] * fit.one[0], b4 = 0;
    float b5 = squared[x] * fit.one[0], b6 = 0;
    for (std::ptrdiff_t k = 1; k <= kRadius; ++k) {
      const float w = fit.one[static_cast<std::size_t>(k)], w1 = fit.x[static_cast<std::size_t>(k)],
                  w2 = fit.xx[static_cast<std::size_t>(k)];
      const float sum = one[x + k] + one[x - k];
      b1 += sum * w;
      b4 += sum * w2;
      b2 += (one[x + k] - one[x - k]) * w1;
      b3 += (by[x + k] + by[x - k]) * w;
      b6 += (by[x + k] - by[x - k]) * w1;
      b5 += (squared[x + k] + squared[x - k]) * w;
    }
    float* const to = out + x * kStride;
    to[0] = b3 * fit.first;
    to[1] = b2 * fit.first;
    to[2] = b1 * fit.second_by_one + b5 * fit.second;
    to[3] = b1 * fit.second_by_one + b4 * fit.second;
    to[4] = b6 * fit.mixed;
    to[5] = to[6] = to[7] = 0;
  }
}

Expansion expand(const cv::Mat& image) {
  static const Fit fit = make_fit();
  Expansion out{.rows = image.rows, .columns = image.cols};
  out.terms.resize(image.total() * kStride);
  const std::ptrdiff_t width = image.cols;
  std::array<std::vector<float>, 3> sums;
  for (auto& sum : sums) sum.resize(static_cast<std::size_t>(width + 2 * kRadius));
  for (int y = 0; y < image.rows; ++y) {
    std::array<float*, 3> row{};
    for (std::size_t i = 0; i < row.size(); ++i) row.at(i) = sums.at(i).data() + kRadius;
    sum_down(rows_about<kRadius>(image, y), fit, image.cols, row[0], row[1], row[2]);
    for (float* const one : row) {
      std::fill(one - kRadius, one, one[0]);
      std::fill_n(one + width, kRadius, one[width - 1]);
    }
    fit_row(row[0], row[1], row[2], fit, image.cols,
            out.terms.data() + std::ptrdiff_t{y} * image.cols * kStride);
  }
  return out;
}

/// Equations of the flow at each pixel, a plane each: two on the diagonal, one beside it, two of
/// the right side.
using Equations = std::array<cv::Mat, kTerms>;

float border_share(int at, int count) {
  float share = 1;
  if (at < static_cast<int>(kBorder.size())) share *= kBorder.at(static_cast<std::size_t>(at));
  const int left = count - 1 - at;
  if (left < static_cast<int>(kBorder.size())) share *= kBorder.at(static_cast<std::size_t>(left));
  return share;
}

/// The polynomials around a place, mixed bilinearly; false where some lie outside.
inline bool sample(const Expansion& from, float x, float y, std::array<float, kStride>& out) {
  const float left = std::floor(x), top = std::floor(y);
  const bool inside = left >= 0 && top >= 0 && left < static_cast<float>(from.columns - 1) &&
                      top < static_cast<float>(from.rows - 1);
  if (!inside) return false;
  const float fx = x - left, fy = y - top;
  const float* const above = from.at(static_cast<int>(top), static_cast<int>(left));
  const float* const below = above + std::ptrdiff_t{from.columns} * kStride;
  const float w00 = (1 - fx) * (1 - fy), w01 = fx * (1 - fy), w10 = (1 - fx) * fy, w11 = fx * fy;
  for (std::size_t i = 0; i < kStride; ++i)
    out[i] = w00 * above[i] + w01 * above[kStride + i] + w10 * below[i] + w11 * below[kStride + i];
  return true;
}

/// The equations of a row, from the flow so far.
CAMEO_SIMD void set_up_row(const Expansion& from, const Expansion& to, int y, const float* moved,
                           const float* shares, const std::array<float*, kTerms>& out) {
  const std::ptrdiff_t columns = from.columns;
  const float* own = from.at(y, 0);
  for (std::ptrdiff_t x = 0; x < columns; ++x, own += kStride) {
    const float dx = moved[2 * x], dy = moved[2 * x + 1];
    std::array<float, kStride> there{};
    const bool inside = sample(to, static_cast<float>(x) + dx, static_cast<float>(y) + dy, there);
    const float yy = shares[x] * (inside ? (own[2] + there[2]) * 0.5F : own[2]);
    const float xx = shares[x] * (inside ? (own[3] + there[3]) * 0.5F : own[3]);
    const float xy = shares[x] * (inside ? (own[4] + there[4]) * 0.25F : own[4] * 0.5F);
    const float by = shares[x] * (own[0] - there[0]) * 0.5F + yy * dy + xy * dx;
    const float bx = shares[x] * (own[1] - there[1]) * 0.5F + xy * dy + xx * dx;
    out[0][x] = yy * yy + xy * xy;
    out[1][x] = (yy + xx) * xy;
    out[2][x] = xx * xx + xy * xy;
    out[3][x] = yy * by + xy * bx;
    out[4][x] = xy * by + xx * bx;
  }
}

void set_up(const Expansion& from, const Expansion& to, const cv::Mat& flow, Equations& out) {
  std::vector<float> shares(static_cast<std::size_t>(from.columns));
  for (int y = 0; y < from.rows; ++y) {
    for (int x = 0; x < from.columns; ++x)
      shares[static_cast<std::size_t>(x)] =
          border_share(x, from.columns) * border_share(y, from.rows);
    std::array<float*, kTerms> row{};
    for (std::size_t i = 0; i < row.size(); ++i) row.at(i) = out.at(i).ptr<float>(y);
    set_up_row(from, to, y, flow.ptr<float>(y), shares.data(), row);
  }
}

/// Sums of kWindow rows.
CAMEO_SIMD void sum_rows(const std::array<const float*, kWindow>& rows, std::ptrdiff_t count,
                         float* __restrict out) {
  for (std::ptrdiff_t x = 0; x < count; ++x) {
    float sum = rows[0][x];
    for (std::size_t k = 1; k < rows.size(); ++k) sum += rows[k][x];
    out[x] = sum;
  }
}

/// Means of kWindow such sums about each place; `sums` goes on for kHalfWindow places at both ends.
CAMEO_SIMD void mean_along(const float* __restrict sums, std::ptrdiff_t count,
                           float* __restrict out) {
  constexpr float kShare = 1.0F / (kWindow * kWindow);
  for (std::ptrdiff_t x = 0; x < count; ++x) {
    float sum = sums[x - kHalfWindow];
    for (std::ptrdiff_t k = 1 - kHalfWindow; k <= kHalfWindow; ++k) sum += sums[x + k];
    out[x] = sum * kShare;
  }
}

CAMEO_SIMD void solve_row(const std::array<std::vector<float>, kTerms>& mean,
                          float* __restrict flow, std::ptrdiff_t count) {
  constexpr float kLeastDeterminant = 1e-3F;
  const float* const a = mean[0].data();
  const float* const b = mean[1].data();
  const float* const c = mean[2].data();
  const float* const right_y = mean[3].data();
  const float* const right_x = mean[4].data();
  for (std::ptrdiff_t x = 0; x < count; ++x) {
    const float inverse = 1 / (a[x] * c[x] - b[x] * b[x] + kLeastDeterminant);
    flow[2 * x] = (a[x] * right_x[x] - b[x] * right_y[x]) * inverse;
    flow[2 * x + 1] = (c[x] * right_y[x] - b[x] * right_x[x]) * inverse;
  }
}

/// Solves the equations of each pixel's window.
void solve(const Equations& all, cv::Mat& flow) {
  const std::ptrdiff_t width = flow.cols;
  std::vector<float> sums(static_cast<std::size_t>(width + 2 * kHalfWindow));
  std::array<std::vector<float>, kTerms> mean;
  for (auto& one : mean) one.resize(static_cast<std::size_t>(width));
  for (int y = 0; y < flow.rows; ++y) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      float* const row = sums.data() + kHalfWindow;
      sum_rows(rows_about<kHalfWindow>(all.at(i), y), flow.cols, row);
      std::fill(sums.data(), row, row[0]);
      std::fill_n(row + width, kHalfWindow, row[width - 1]);
      mean_along(row, flow.cols, mean.at(i).data());
    }
    solve_row(mean, flow.ptr<float>(y), flow.cols);
  }
}

/// An image at a scale of at most 1, without what is finer.
cv::Mat scaled(const cv::Mat& image, double scale) {
  const double sigma = (1 / scale - 1) / 2;
  const int size = std::max(cvRound(sigma * 5) | 1, 3);
  cv::Mat floats, sized;
  image.convertTo(floats, CV_32F);
  cv::GaussianBlur(floats, floats, {size, size}, sigma, sigma);
  cv::resize(floats, sized, {cvRound(image.cols * scale), cvRound(image.rows * scale)}, 0, 0,
             cv::INTER_LINEAR);
  return sized;
}

}  // namespace

cv::Mat dense_flow(const cv::Mat& from, const cv::Mat& to) {
  check(from.type() == CV_8UC1 && to.type() == CV_8UC1 && from.size() == to.size() &&
            std::min(from.cols, from.rows) >= 2,
        "dense flow: from ", from.cols, "x", from.rows, " of type ", from.type(), " to ", to.cols,
        "x", to.rows, " of type ", to.type());
  int halvings = 0;
  while (halvings < kMostHalvings &&
         std::ldexp(std::min(from.cols, from.rows), -halvings - 1) >= kLeastSide)
    ++halvings;
  cv::Mat flow;
  for (; halvings >= 0; --halvings) {
    const double scale = std::ldexp(1.0, -halvings);
    const cv::Mat image = scaled(from, scale);
    const Expansion own = expand(image), other = expand(scaled(to, scale));
    if (flow.empty()) {
      flow = cv::Mat(image.size(), CV_32FC2, cv::Scalar::all(0));
    } else {
      cv::resize(flow, flow, image.size(), 0, 0, cv::INTER_LINEAR);
      flow *= 2;
    }
    Equations equations;
    for (cv::Mat& plane : equations) plane.create(image.size(), CV_32FC1);
    for (int i = 0; i < kIterations; ++i) {
      set_up(own, other, flow, equations);
      solve(equations, flow);
    }
  }
  return flow;
}

}  // namespace cameo
