// SPDX-License-Identifier: MIT
#include "pipeline/compose/bicubic.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/face/geometry.h"
#include "tests/pipeline/compose/blurred_noise.h"

using namespace cameo;

namespace {

cv::Mat soft_noise(cv::Size size) {
  return test::blurred_noise(size, CV_8UC3, 1, 5);
}

}  // namespace

TEST_CASE("a bicubic image is sampled as OpenCV samples it, up to and beyond its border") {
  const cv::Mat image = soft_noise({53, 31});
  cv::RNG random(7);
  cv::Mat moves(image.size(), CV_32FC3);
  random.fill(moves, cv::RNG::UNIFORM, -9, 9);
  cv::Mat grid(image.size(), CV_32FC2);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      auto& move = moves.at<cv::Vec3f>(y, x);
      move[2] = 0.5F;
      grid.at<cv::Vec2f>(y, x) = {static_cast<float>(x) + move[0], static_cast<float>(y) + move[1]};
    }
  cv::Mat wanted, sum(image.size(), CV_32FC4, cv::Scalar::all(3)), got;
  cv::remap(image, wanted, grid, {}, cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  wanted.convertTo(wanted, CV_32F, 0.1, 3 - 0.1 * 100);
  BicubicImage(image).add_moved(moves, 100, 0.2F, sum);
  cv::cvtColor(sum, got, cv::COLOR_BGRA2BGR);
  // OpenCV rounds to bytes: half a level, and taps to 15 bits. The share of both is a tenth. It
  // limits to 0 and 255, which this noise does not reach.
  CHECK(cv::norm(got, wanted, cv::NORM_INF) < 0.1);
}

TEST_CASE("a magnified image is what OpenCV's bicubic warp makes of it") {
  cv::Mat image, wanted;
  soft_noise({23, 17}).convertTo(image, CV_32F);
  for (const int scale : {2, 3, 4}) {
    const double step = 1.0 / scale;
    cv::warpAffine(image, wanted, Transform(step, 0, 0, 0, step, 0), image.size() * scale,
                   cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    // OpenCV knows places to 1/32 of a pixel, which a third is not.
    CHECK(cv::norm(magnified(image, scale), wanted, cv::NORM_INF) < (scale == 3 ? 4 : 1e-3));
  }
  CHECK(cv::norm(magnified(image, 1), image, cv::NORM_INF) == 0);
}

TEST_CASE("an image is laid over another as OpenCV's bicubic warp lays it, but for rounding") {
  cv::Mat image;
  soft_noise({37, 29}).convertTo(image, CV_32F);
  // Enlarged, reduced, turned and moved beyond the borders.
  for (const Transform& to_image :
       {Transform(0.41, 0.13, -3.3, -0.12, 0.39, 1.7), Transform(1.9, 0, -40, 0, 1.7, -20),
        Transform(-0.7, 0.7, 20, -0.7, -0.7, 60), Transform(1, 0, 0, 0, 1, 0)}) {
    CAPTURE(to_image(0, 0));
    const cv::Mat there(90, 101, CV_32FC3, cv::Scalar(11, 22, 33));
    cv::Mat wanted = there.clone(), got = there.clone();
    cv::warpAffine(image, wanted, to_image, wanted.size(), cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                   cv::BORDER_TRANSPARENT);
    lay_bicubic(image, to_image, got);
    CHECK(cv::norm(wanted, there, cv::NORM_INF) > 10);
    CHECK(cv::norm(got, wanted, cv::NORM_INF) < 2e-4);
  }
}
