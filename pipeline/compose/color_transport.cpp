// SPDX-License-Identifier: MIT
#include "pipeline/compose/color_transport.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/random.h"
#include "pipeline/compose/color.h"

namespace cameo {
namespace {

constexpr int kKnots = 64;
constexpr int kTurns = 10;
constexpr std::uint64_t kTurnSeed = 2005;
constexpr double kMostSamples = 4096;
constexpr double kMostGain = 2;

/// Colors with their weights, each of three channels in a column of its own.
struct Cloud {
  std::array<std::vector<float>, 3> channel;
  std::vector<float> weight;
};

/// The pixels that weigh anything, every so many of them that about `most` remain.
Cloud cloud_of(const cv::Mat& image, const cv::Mat& weight, double most) {
  const double all = weight.empty() ? static_cast<double>(image.total()) : cv::countNonZero(weight);
  const int step = std::max(1, static_cast<int>(all / most));
  Cloud cloud;
  int passed = 0;
  for (int y = 0; y < image.rows; ++y) {
    const auto* pixel = image.ptr<cv::Vec3f>(y);
    const auto* w = weight.empty() ? nullptr : weight.ptr<float>(y);
    for (int x = 0; x < image.cols; ++x) {
      const float by = w == nullptr ? 1.0F : w[x];
      if (by <= 0 || passed++ % step != 0) continue;
      for (int c = 0; c < 3; ++c)
        cloud.channel.at(static_cast<std::size_t>(c)).push_back(pixel[x][c]);
      cloud.weight.push_back(by);
    }
  }
  return cloud;
}

bool too_few(const cv::Mat& weight) {
  return !weight.empty() && cv::sum(weight)[0] < kLeastPixels;
}

cv::Mat shifted(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  return drawn + cv::Scalar(average_shift(drawn, there, weight));
}

struct Spread {
  cv::Vec3d mean;
  cv::Matx33d covariance;
};

Spread spread_of(const cv::Mat& image, const cv::Mat& weight) {
  Spread spread;
  double total = 0;
  cv::Vec3d sum;
  cv::Matx33d squares = cv::Matx33d::zeros();
  for (int y = 0; y < image.rows; ++y) {
    const auto* pixel = image.ptr<cv::Vec3f>(y);
    const auto* w = weight.empty() ? nullptr : weight.ptr<float>(y);
    for (int x = 0; x < image.cols; ++x) {
      const double by = w == nullptr ? 1.0 : w[x];
      const cv::Vec3d p = pixel[x];
      sum += by * p;
      squares += by * (p * p.t());
      total += by;
    }
  }
  spread.mean = sum / total;
  spread.covariance = squares * (1 / total) - spread.mean * spread.mean.t();
  return spread;
}

/// The symmetric matrix with f of its eigenvalues.
template <class F>
cv::Matx33d with_eigenvalues(const cv::Matx33d& symmetric, F f) {
  cv::Vec3d values;
  cv::Matx33d axes;
  cv::eigen(symmetric, values, axes);
  cv::Matx33d changed = cv::Matx33d::zeros();
  for (int k = 0; k < 3; ++k) changed(k, k) = f(values[k]);
  return axes.t() * changed * axes;
}

/// Values at kKnots evenly spaced shares of the weight, interpolated between the samples' middles.
std::vector<float> quantiles(const std::vector<float>& values, const std::vector<float>& weights) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<float> knots;
  std::size_t next = 0;
  double below = 0;        // weight before the sample `next`
  double last_middle = 0;  // share in the middle of the sample before it
  for (int k = 0; k < kKnots; ++k) {
    const double share = (k + 0.5) / kKnots * total;
    while (next < order.size() && below + weights[order[next]] / 2.0 < share) {
      last_middle = below + weights[order[next]] / 2.0;
      below += weights[order[next]];
      ++next;
    }
    if (next == 0 || next == order.size()) {
      knots.push_back(values[order[next == 0 ? 0 : next - 1]]);
      continue;
    }
    const double middle = below + weights[order[next]] / 2.0;
    const double t = (share - last_middle) / (middle - last_middle);
    const float low = values[order[next - 1]], high = values[order[next]];
    knots.push_back(low + static_cast<float>(t) * (high - low));
  }
  return knots;
}

/// A monotone curve through points (from, to).
class Curve {
 public:
  Curve(const std::vector<float>& from, const std::vector<float>& to) {
    std::size_t equal = 0;
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (!from_.empty() &&
          from[k] - from_.back() < 1e-3F) {  // one value: what it becomes on average
        ++equal;
        to_.back() += (to[k] - to_.back()) / static_cast<float>(equal + 1);
        continue;
      }
      equal = 0;
      from_.push_back(from[k]);
      to_.push_back(to[k]);
    }
  }

  float operator()(float value) const {
    if (value <= from_.front()) return value + (to_.front() - from_.front());
    if (value >= from_.back()) return value + (to_.back() - from_.back());
    const auto above = std::upper_bound(from_.begin(), from_.end(), value);
    const auto k = static_cast<std::size_t>(above - from_.begin());
    const float t = (value - from_[k - 1]) / (from_[k] - from_[k - 1]);
    return to_[k - 1] + t * (to_[k] - to_[k - 1]);
  }

 private:
  std::vector<float> from_, to_;
};

void match_channels(cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight, double most) {
  const Cloud from = cloud_of(drawn, weight, most), to = cloud_of(there, weight, most);
  for (std::size_t c = 0; c < 3; ++c) {
    const Curve curve(quantiles(from.channel.at(c), from.weight),
                      quantiles(to.channel.at(c), to.weight));
    const int own = static_cast<int>(c);
    for (int y = 0; y < drawn.rows; ++y) {
      auto* pixel = drawn.ptr<cv::Vec3f>(y);
      for (int x = 0; x < drawn.cols; ++x) pixel[x][own] = curve(pixel[x][own]);
    }
  }
}

/// Three orthogonal directions: Gram and Schmidt's of vectors drawn evenly from the ball.
cv::Matx33f random_axes(Random& random) {
  std::array<cv::Vec3f, 3> axes;
  for (std::size_t k = 0; k < 3; ++k) {
    float length = 0;
    do {
      cv::Vec3f axis;
      for (float& part : axis.val) part = 2 * random.uniform() - 1;
      const bool inside = axis.dot(axis) <= 1;
      for (std::size_t j = 0; j < k; ++j) axis -= axes.at(j) * axis.dot(axes.at(j));
      length = static_cast<float>(cv::norm(axis));
      if (!inside || length < 0.1F) continue;
      axes.at(k) = axis / length;
      break;
    } while (true);
  }
  cv::Matx33f rows;
  for (int k = 0; k < 3; ++k)
    for (int c = 0; c < 3; ++c) rows(k, c) = axes.at(static_cast<std::size_t>(k))[c];
  return rows;
}

}  // namespace

cv::Mat transport_linear(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  if (too_few(weight)) return shifted(drawn, there, weight);
  const Spread from = spread_of(drawn, weight), to = spread_of(there, weight);
  const auto root = [](double v) { return std::sqrt(std::max(v, 0.0)); };
  // A variance below a hundredth of a level is rounding; its inverse would be noise.
  const auto inverse_root = [](double v) { return 1 / std::sqrt(std::max(v, 1e-4)); };
  const cv::Matx33d half = with_eigenvalues(from.covariance, root);
  const cv::Matx33d inverse = with_eigenvalues(from.covariance, inverse_root);
  const cv::Matx33d middle = with_eigenvalues(half * to.covariance * half, root);
  const cv::Matx33d map = with_eigenvalues(inverse * middle * inverse, [](double gain) {
    return std::clamp(gain, 1 / kMostGain, kMostGain);
  });
  const cv::Vec3d shift = to.mean - map * from.mean;
  cv::Matx34d whole;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 3; ++x) whole(y, x) = map(y, x);
    whole(y, 3) = shift[y];
  }
  cv::Mat moved;
  cv::transform(drawn, moved, whole);
  return moved;
}

cv::Mat match_histograms(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  if (too_few(weight)) return shifted(drawn, there, weight);
  cv::Mat matched = drawn.clone();
  match_channels(matched, there, weight, static_cast<double>(drawn.total()) + 1);
  return matched;
}

cv::Mat transport_sliced(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  if (too_few(weight)) return shifted(drawn, there, weight);
  Random random(kTurnSeed);
  cv::Mat moved = drawn.clone();
  for (int turn = 0; turn < kTurns; ++turn) {
    const cv::Matx33f axes = random_axes(random);
    cv::Mat along, goal;
    cv::transform(moved, along, axes);
    cv::transform(there, goal, axes);
    match_channels(along, goal, weight, kMostSamples);
    cv::transform(along, moved, axes.t());
  }
  return moved;
}

cv::Mat replace_coarse_bands(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight) {
  if (too_few(weight)) return shifted(drawn, there, weight);
  const cv::Mat all = weight.empty() ? cv::Mat(drawn.size(), CV_32FC1, cv::Scalar(1)) : weight;
  const cv::Scalar mean(average_shift(drawn, there, weight));
  std::vector<cv::Mat> change;
  cv::split(there - drawn, change);
  // Far from the weight the mean takes over.
  constexpr double kFloor = 0.01;
  const auto band = [&](const cv::Mat& channel, double middle, double sigma) {
    cv::Mat sum, share;
    cv::GaussianBlur(channel.mul(all) + kFloor * middle, sum, {0, 0}, sigma, sigma,
                     cv::BORDER_REPLICATE);
    cv::GaussianBlur(all, share, {0, 0}, sigma, sigma, cv::BORDER_REPLICATE);
    return cv::Mat(sum / (share + kFloor));
  };
  const double coarse = drawn.cols / 12.0;
  for (int c = 0; c < 3; ++c) {
    cv::Mat& channel = change[static_cast<std::size_t>(c)];
    channel = 0.5 * (band(channel, mean[c], coarse) + band(channel, mean[c], coarse / 2));
  }
  cv::Mat low;
  cv::merge(change, low);
  return drawn + low;
}

}  // namespace cameo
