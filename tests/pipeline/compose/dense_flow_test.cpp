// SPDX-License-Identifier: MIT
#include "pipeline/compose/dense_flow.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "base/error.h"
#include "tests/pipeline/compose/blurred_noise.h"
#include "tests/support/scratch.h"

using namespace cameo;

namespace {

cv::Mat blobs(cv::Size size) {
  cv::Mat image = test::blurred_noise(size, CV_8UC1, 3, 3);
  cv::normalize(image, image, 0, 255, cv::NORM_MINMAX);
  return image;
}

}  // namespace

TEST_CASE("dense flow is OpenCV's flow of Farneback, of one scale to three") {
  for (const cv::Size size : {cv::Size(96, 96), cv::Size(41, 37), cv::Size(150, 131)}) {
    CAPTURE(size.width);
    const cv::Mat from = blobs(size);
    cv::Mat to, wanted;
    cv::warpAffine(from, to, cv::Matx23d(1.03, 0.05, -1.7, -0.04, 0.99, 2.3), size,
                   cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::calcOpticalFlowFarneback(from, to, wanted, 0.5, 2, 11, 2, 5, 1.2, 0);
    REQUIRE(cv::norm(wanted, cv::NORM_INF) > 2);
    // Sums of floats in another order.
    CHECK(cv::norm(dense_flow(from, to), wanted, cv::NORM_INF) < 1e-3);
  }
}

TEST_CASE("dense flow between equal images is none, and between unequal sizes refused") {
  const cv::Mat image = blobs({64, 48});
  // The last row and column have no neighbours to mix with, and are taken for what has gone.
  const cv::Mat inside = dense_flow(image, image)(cv::Rect(16, 16, 32, 16));
  CHECK(cv::norm(inside, cv::NORM_INF) < 0.05);
  CHECK(!test::message_of([&] { dense_flow(image, image.colRange(0, 40)); }).empty());
}
