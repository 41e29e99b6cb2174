// SPDX-License-Identifier: MIT
#include "pipeline/compose/blend.h"

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/face/align.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

cv::Mat flat(int side, const cv::Scalar& bgr) {
  return {side, side, CV_8UC3, bgr};
}

}  // namespace

TEST_CASE("a blend mixes by weight, rounds half to even and saturates") {
  cv::Mat over(1, 4, CV_32FC3);
  over.at<cv::Vec3f>(0, 0) = {200, 0, 0};
  over.at<cv::Vec3f>(0, 1) = {101, 103, 100};
  over.at<cv::Vec3f>(0, 2) = {300, -20, 100};
  over.at<cv::Vec3f>(0, 3) = {1, 2, 3};
  const cv::Mat there(1, 4, CV_8UC3, cv::Scalar(100, 100, 100));
  cv::Mat weight(1, 4, CV_32FC1, cv::Scalar(0.5F));
  weight.at<float>(0, 0) = 0.25F;
  weight.at<float>(0, 2) = 1;
  weight.at<float>(0, 3) = 0;
  const cv::Mat mixed = blend(over, there, weight);
  CHECK(mixed.at<cv::Vec3b>(0, 0) == cv::Vec3b(125, 75, 75));
  CHECK(mixed.at<cv::Vec3b>(0, 1) == cv::Vec3b(100, 102, 100));
  CHECK(mixed.at<cv::Vec3b>(0, 2) == cv::Vec3b(255, 0, 100));
  CHECK(mixed.at<cv::Vec3b>(0, 3) == cv::Vec3b(100, 100, 100));
}

TEST_CASE("a square is laid where the transform says and nowhere else") {
  const cv::Mat there = ramp(120, 100);
  const cv::Mat drawn(64, 64, CV_8UC3, cv::Scalar(10, 20, 30));
  // Frame pixel (30, 20) is drawn pixel (0, 0); one drawn pixel is half a frame pixel.
  const Transform to_square(2, 0, -60, 0, 2, -40);
  const cv::Rect where(10, 5, 90, 80);
  for (const auto* warp : {"cubic", "filtered"}) {
    CAPTURE(warp);
    const cv::Mat laid = warp == std::string("cubic")
                             ? warp_back(drawn, to_square, there(where), where)
                             : warp_back_filtered(drawn, to_square, there(where), where);
    int wrong = 0;
    for (int y = 0; y < where.height; ++y) {
      for (int x = 0; x < where.width; ++x) {
        const cv::Point at = cv::Point(x, y) + where.tl();
        const bool in = at.x >= 30 && at.x < 62 && at.y >= 20 && at.y < 52;
        const cv::Vec3b wanted = in ? cv::Vec3b(10, 20, 30) : there.at<cv::Vec3b>(at);
        if (laid.at<cv::Vec3b>(y, x) != wanted) ++wrong;
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a square that is reduced does not alias, one that is enlarged keeps its waves") {
  // Stripes of one pixel, seen at half their size and a little askew, are grey.
  cv::Mat stripes(64, 64, CV_32FC3);
  for (int x = 0; x < 64; ++x) stripes.col(x).setTo(cv::Scalar::all(x % 2 == 0 ? 0 : 200));
  const cv::Mat there(24, 24, CV_32FC3, cv::Scalar::all(100));
  const cv::Rect all(0, 0, 24, 24), inner(6, 6, 12, 12);
  const Transform reduced(2, 0.02, 0, -0.02, 2, 1);
  cv::Mat grey(inner.size(), CV_32FC3, cv::Scalar::all(100));
  CHECK(cv::norm(warp_back_filtered(stripes, reduced, there, all)(inner), grey, cv::NORM_INF) < 6);
  CHECK(cv::norm(warp_back(stripes, reduced, there, all)(inner), grey, cv::NORM_INF) > 30);

  // A wave of four pixels keeps its height between the pixels too.
  cv::Mat wave(64, 64, CV_32FC3);
  for (int x = 0; x < 64; ++x)
    wave.col(x).setTo(cv::Scalar::all(100 + 50 * std::cos(M_PI / 2 * (x + 0.5))));
  const Transform enlarged(0.5, 0, 10.25, 0, 0.5, 10.25);
  const cv::Mat large = warp_back_filtered(wave, enlarged, there, all);
  double least = 0, largest = 0;
  cv::minMaxLoc(large(inner).reshape(1), &least, &largest);
  CHECK(largest - least > 90);
}

TEST_CASE("sharpening raises edges by its amount, keeps flat parts, and 0 changes nothing") {
  cv::Mat edge(20, 30, CV_32FC3, cv::Scalar::all(100));
  edge(cv::Rect(15, 0, 15, 20)).setTo(cv::Scalar::all(140));
  CHECK(largest_difference(sharpened(edge, 0), edge) == 0);
  const cv::Mat once = sharpened(edge, 0.5), twice = sharpened(edge, 1);
  CHECK(once.at<cv::Vec3f>(10, 3)[0] == doctest::Approx(100));
  CHECK(once.at<cv::Vec3f>(10, 26)[2] == doctest::Approx(140));
  const float step = once.at<cv::Vec3f>(10, 15)[1] - once.at<cv::Vec3f>(10, 14)[1];
  CHECK(step > 50);
  CHECK(twice.at<cv::Vec3f>(10, 15)[1] - twice.at<cv::Vec3f>(10, 14)[1] ==
        doctest::Approx(40 + 2 * (step - 40)));
  CHECK(cv::mean(once)[0] == doctest::Approx(120));
}

TEST_CASE("a seamless clone of another brightness takes that of its surroundings") {
  const cv::Mat there = flat(80, {120, 130, 140});
  const cv::Mat over = flat(80, {40, 60, 200});
  cv::Mat weight = cv::Mat::zeros(80, 80, CV_32FC1);
  weight(cv::Rect(20, 25, 31, 28)).setTo(1);
  CHECK(largest_difference(clone_seamless(over, there, weight), there) <= 1);
}

TEST_CASE("a seamless clone keeps the drawn detail in its place and the rest untouched") {
  const cv::Mat there = flat(80, {120, 120, 120});
  for (const int size : {30, 31}) {
    cv::Mat over = flat(80, {120, 120, 120});
    over(cv::Rect(30, 30, 8, 8)).setTo(cv::Scalar(180, 180, 180));
    cv::Mat weight = cv::Mat::zeros(80, 80, CV_32FC1);
    weight(cv::Rect(20, 20, size, size)).setTo(1);
    const cv::Mat cloned = clone_seamless(over, there, weight);
    CHECK(largest_difference(cloned, over) <= 3);
    CHECK(largest_difference(cloned, there, weight == 0) == 0);
  }
}

TEST_CASE("a seamless clone may touch the image's edge or cover all of it") {
  const cv::Mat there = ramp(60, 60);
  for (const cv::Rect& part : {cv::Rect(0, 0, 30, 60), cv::Rect(40, 40, 20, 20),
                               cv::Rect(0, 0, 60, 60), cv::Rect(30, 30, 1, 1)}) {
    cv::Mat weight = cv::Mat::zeros(60, 60, CV_32FC1);
    weight(part).setTo(1);
    const cv::Mat cloned = clone_seamless(flat(60, {90, 90, 90}), there, weight);
    CHECK(cloned.size() == there.size());
    CHECK(largest_difference(cloned, there, weight == 0) == 0);
  }
}

TEST_CASE("a seamless clone without a solid pixel is a plain blend") {
  const cv::Mat there = ramp(40, 40);
  const cv::Mat weight(40, 40, CV_32FC1, cv::Scalar(0.6F));
  const cv::Mat over = flat(40, {90, 90, 90});
  CHECK(largest_difference(clone_seamless(over, there, weight), blend(over, there, weight)) == 0);
}

TEST_CASE("a blend refuses images of different sizes") {
  CHECK_THROWS_AS(blend(flat(4, {}), flat(5, {}), cv::Mat::zeros(5, 5, CV_32FC1)), Error);
}
