// SPDX-License-Identifier: MIT
#include "pipeline/compose/color_transport.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/compose/color.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

using Transfer = cv::Mat (*)(const cv::Mat&, const cv::Mat&, const cv::Mat&);

/// Colors of a Gaussian cloud: mean + map * (standard normal numbers).
cv::Mat gaussian(const cv::Vec3f& mean, const cv::Matx33f& map, std::uint64_t seed) {
  cv::Mat image(48, 48, CV_32FC3);
  cv::RNG random(seed);
  random.fill(image, cv::RNG::NORMAL, 0, 1);
  cv::transform(image, image, map);
  return image + cv::Scalar(mean[0], mean[1], mean[2]);
}

const cv::Matx33f kSkin(9, 0, 0, 7, 5, 0, 8, 3, 4), kDusk(10, 0, 0, 7, 4, 0, 9, 2, 5);

cv::Mat skin() {
  return gaussian({90, 120, 160}, kSkin, 1);
}

cv::Mat dusk() {
  return gaussian({110, 100, 130}, kDusk, 2);
}

struct Moments {
  cv::Mat mean, covariance;
};

Moments moments(const cv::Mat& image) {
  Moments found;
  const cv::Mat rows = image.clone().reshape(1, static_cast<int>(image.total()));
  cv::calcCovarMatrix(rows, found.covariance, found.mean,
                      cv::COVAR_NORMAL | cv::COVAR_ROWS | cv::COVAR_SCALE, CV_64F);
  return found;
}

std::vector<float> sorted(const cv::Mat& image, int channel) {
  cv::Mat one;
  cv::extractChannel(image, one, channel);
  std::vector<float> values(one.begin<float>(), one.end<float>());
  std::sort(values.begin(), values.end());
  return values;
}

/// Mean difference of equal quantiles along a direction.
double apart(const cv::Mat& a, const cv::Mat& b, const cv::Matx13f& direction) {
  cv::Mat u, v;
  cv::transform(a, u, direction);
  cv::transform(b, v, direction);
  const std::vector<float> first = sorted(u, 0), second = sorted(v, 0);
  double sum = 0;
  for (std::size_t i = 0; i < first.size(); ++i) sum += std::abs(first[i] - second[i]);
  return sum / static_cast<double>(first.size());
}

constexpr Transfer kAll[] = {&transport_linear, &match_histograms, &transport_sliced,
                             &replace_coarse_bands};

}  // namespace

TEST_CASE("a linear transport gives the mean and covariance of the other cloud") {
  const Moments got = moments(transport_linear(skin(), dusk(), {})), wanted = moments(dusk());
  CHECK(cv::norm(got.mean, wanted.mean, cv::NORM_INF) < 0.01);
  CHECK(cv::norm(got.covariance, wanted.covariance, cv::NORM_INF) <
        0.001 * cv::norm(wanted.covariance));
}

TEST_CASE("a linear transport is the closed form for known covariances") {
  // Along the axes the map is the ratio of the deviations: 12 / 8, 6 / 9 and 5 / 5.
  const cv::Mat noise = gaussian({100, 100, 100}, cv::Matx33f::eye(), 5);
  const Moments unit = moments(noise);
  const cv::Mat from = gaussian({0, 0, 0}, cv::Matx33f::diag({8, 9, 5}), 5);
  const cv::Mat to = gaussian({100, 120, 140}, cv::Matx33f::diag({12, 6, 5}), 5);
  const cv::Mat moved = transport_linear(from, to, {});
  CHECK(largest_difference(moved, to) < 0.2);  // chance correlations of 1 / sqrt(2304)
  CHECK(unit.mean.at<double>(0) == doctest::Approx(100).epsilon(0.01));
}

TEST_CASE("matched histograms are equal channel by channel") {
  const cv::Mat curved = dusk().mul(dusk()) / 150;  // no Gaussian any more
  const cv::Mat matched = match_histograms(skin(), curved, {});
  for (int c = 0; c < 3; ++c) {
    const std::vector<float> got = sorted(matched, c), wanted = sorted(curved, c);
    double sum = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      sum += std::abs(got[i] - wanted[i]);
      REQUIRE(std::abs(got[i] - wanted[i]) < 12);  // the tails: 1 / 128 of the pixels only shift
    }
    CHECK(sum / static_cast<double>(got.size()) < 0.3);
  }
}

TEST_CASE("a sliced transport matches distributions in directions that it never saw") {
  cv::Mat two = dusk();  // two clouds, which no linear map makes of one
  two(cv::Rect(0, 0, 24, 48)) += cv::Scalar(40, 0, -40);
  const cv::Mat sliced = transport_sliced(skin(), two, {});
  const cv::Mat linear = transport_linear(skin(), two, {});
  for (const cv::Matx13f& direction :
       {cv::Matx13f(0.7F, 0.1F, -0.7F), cv::Matx13f(0.2F, 0.9F, 0.4F), cv::Matx13f(1, 0, 0)})
    CHECK(apart(sliced, two, direction) < 1.2);
  CHECK(apart(linear, two, {0.7F, 0.1F, -0.7F}) > 3);
  CHECK(largest_difference(sliced, transport_sliced(skin(), two, {})) == 0);
}

TEST_CASE("a multi-scale transfer takes the other's light and keeps its own features") {
  cv::Mat features(128, 128, CV_32FC3), light(128, 128, CV_32FC3);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) {
      features.at<cv::Vec3f>(y, x) = cv::Vec3f::all(static_cast<float>(20 * std::sin(x * 1.2)));
      light.at<cv::Vec3f>(y, x) = cv::Vec3f::all(static_cast<float>(0.6 * x));
    }
  const cv::Mat drawn = features + cv::Scalar::all(120), there = light + cv::Scalar::all(80);
  const cv::Rect inner(24, 24, 80, 80);
  const cv::Mat result = replace_coarse_bands(drawn, there, {});
  CHECK(largest_difference(result(inner), cv::Mat(there + features)(inner)) < 2);
}

TEST_CASE("equal colors stay as they are") {
  for (const Transfer transfer : kAll)
    CHECK(largest_difference(transfer(skin(), skin(), {}), skin()) < 0.02);
}

TEST_CASE("colors are measured inside the weight and changed everywhere") {
  cv::Mat weight(48, 48, CV_32FC1, cv::Scalar(0)), spoiled = dusk(), drawn = skin();
  weight(cv::Rect(8, 8, 32, 32)).setTo(1);
  const cv::Mat outside = weight == 0;
  spoiled.setTo(cv::Scalar(0, 255, 0), outside);
  for (const Transfer transfer : kAll) {
    const cv::Mat clean = transfer(drawn, dusk(), weight);
    CHECK(largest_difference(clean, transfer(drawn, spoiled, weight)) < 1e-3);
    CHECK(cv::mean(clean, outside)[0] - cv::mean(drawn, outside)[0] > 10);
  }
}

TEST_CASE("faces of one color, of one line of colors and of a few pixels come out sane") {
  const cv::Mat flat(48, 48, CV_32FC3, cv::Scalar(100, 110, 120));
  const cv::Mat line = gaussian({100, 110, 120}, {6, 0, 0, 6, 0, 0, 6, 0, 0}, 3);
  cv::Mat few(48, 48, CV_32FC1, cv::Scalar(0));
  few(cv::Rect(20, 20, 3, 3)).setTo(1);
  for (const Transfer transfer : kAll) {
    for (const cv::Mat& from : {flat, line}) {
      const cv::Mat moved = transfer(from, dusk(), {});
      CHECK(cv::norm(cv::mean(moved) - cv::mean(dusk())) < 1);
      CHECK(largest_difference(moved, dusk()) < 120);
    }
    CHECK(cv::norm(cv::mean(transfer(dusk(), flat, {})) - cv::Scalar(100, 110, 120)) < 1);
    const cv::Mat shifted = dusk() + cv::Scalar(average_shift(dusk(), skin(), few));
    CHECK(largest_difference(transfer(dusk(), skin(), few), shifted) < 1e-4);
  }
}
