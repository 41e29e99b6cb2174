// SPDX-License-Identifier: MIT
#include "pipeline/compose/poisson.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

cv::Mat waves(int width, int height, double phase) {
  cv::Mat image(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      image.at<cv::Vec3f>(y, x) = cv::Vec3f(
          static_cast<float>(120 + 40 * std::sin(0.3 * x + phase)),
          static_cast<float>(110 + 30 * std::cos(0.2 * y + phase)), static_cast<float>(90 + x + y));
  return image;
}

}  // namespace

TEST_CASE("a Poisson clone of another brightness is exact to the float") {
  const cv::Mat there = waves(41, 30, 0);
  cv::Mat region = cv::Mat::zeros(there.size(), CV_8UC1);
  region(cv::Rect(1, 1, 39, 28)).setTo(255);
  const cv::Mat brighter = there + cv::Scalar(7.25, -3.5, 20);
  CHECK(largest_difference(poisson_clone(brighter, there, region), there) < 0.01);
}

TEST_CASE("a Poisson clone fulfils its equation at every pixel") {
  const cv::Mat there = waves(24, 19, 0), over = waves(24, 19, 1.3);
  cv::Mat region = cv::Mat::zeros(there.size(), CV_8UC1);
  region(cv::Rect(5, 4, 12, 9)).setTo(255);
  const cv::Mat result = poisson_clone(over, there, region);
  double worst = 0;
  for (int y = 1; y + 1 < there.rows; ++y) {
    for (int x = 1; x + 1 < there.cols; ++x) {
      double left = 0;
      for (const cv::Point side : {cv::Point(1, 0), cv::Point(-1, 0), {0, 1}, {0, -1}}) {
        const cv::Point p(x, y), q = p + side;
        const bool in = region.at<uchar>(p) != 0 && region.at<uchar>(q) != 0;
        const cv::Mat& guide = in ? over : there;
        left += result.at<cv::Vec3f>(q)[0] - result.at<cv::Vec3f>(p)[0] -
                (guide.at<cv::Vec3f>(q)[0] - guide.at<cv::Vec3f>(p)[0]);
      }
      worst = std::max(worst, std::abs(left));
    }
  }
  CHECK(worst < 1e-3);  // of values around 100, in floats
  CHECK(largest_difference(result, there) > 10);
  CHECK_THROWS_AS(poisson_clone(over, there(cv::Rect(0, 0, 5, 5)), region), Error);
}
