// SPDX-License-Identifier: MIT
#include "pipeline/mark/masking.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "pipeline/media/pixel_depth.h"
#include "tests/pipeline/mark/textures.h"

using namespace cameo;
using namespace cameo::test;

namespace {

double most(const cv::Mat& gain) {
  double value = 0;
  cv::minMaxLoc(gain, nullptr, &value);
  return value;
}

double least(const cv::Mat& gain) {
  double value = 0;
  cv::minMaxLoc(gain, &value);
  return value;
}

cv::Mat noise(cv::Size size, double deviation) {
  cv::Mat out(size, CV_8UC3);
  cv::RNG(3).fill(out, cv::RNG::NORMAL, 128, deviation);
  return out;
}

}  // namespace

TEST_CASE("a gain map has the frame's proportions and some 256 x 256 pixels") {
  CHECK(gain_size({1920, 1080}) == cv::Size(341, 192));
  CHECK(gain_size({192, 192}) == cv::Size(256, 256));
  for (const cv::Size size : {cv::Size(1920, 1080), cv::Size(641, 359), cv::Size(192, 1200)})
    CHECK(perceptual_gain(cv::Mat(size, CV_8UC3, cv::Scalar::all(9))).size() == gain_size(size));
}

TEST_CASE("a frame of one colour and a gradient get the least strength everywhere") {
  const cv::Mat flat(480, 640, CV_8UC3, cv::Scalar(200, 120, 40));
  CHECK(least(perceptual_gain(flat)) == doctest::Approx(kFlatGain));
  CHECK(most(perceptual_gain(flat)) == doctest::Approx(kFlatGain));
  cv::Mat gradient(480, 640, CV_8UC3);
  for (int x = 0; x < gradient.cols; ++x)
    gradient.col(x).setTo(cv::Scalar::all(x * 255.0 / gradient.cols));
  // Steps of one level are no texture.
  CHECK(most(perceptual_gain(gradient)) < 1.3 * kFlatGain);
}

TEST_CASE("an edge between two smooth areas hides no more than they do") {
  cv::Mat edge(480, 640, CV_8UC3, cv::Scalar::all(220));
  edge(cv::Rect(200, 0, 440, 480)).setTo(cv::Scalar::all(30));
  CHECK(most(perceptual_gain(edge)) < 1.2 * kFlatGain);
}

TEST_CASE("more detail hides more, up to a limit") {
  double before = kFlatGain;
  for (double deviation : {8.0, 16.0, 32.0}) {
    const double gain = cv::mean(perceptual_gain(noise({640, 480}, deviation)))[0];
    CHECK(gain > 1.3 * before);
    before = gain;
  }
  cv::Mat coarse;
  cv::resize(noise({160, 120}, 80), coarse, {640, 480}, 0, 0, cv::INTER_NEAREST);
  CHECK(most(perceptual_gain(coarse)) == doctest::Approx(kMostGain));
}

TEST_CASE("noise finer than the watermark's waves hides hardly more than a flat area") {
  for (const cv::Size size : {cv::Size(384, 384), cv::Size(854, 480)}) {
    for (double deviation : {1.5, 2.5}) {
      CAPTURE(size);
      CAPTURE(deviation);
      const cv::Mat gain = perceptual_gain(noise(size, deviation));
      CHECK(cv::mean(gain)[0] < 1.1 * kFlatGain);
      CHECK(most(gain) < 1.5 * kFlatGain);
    }
  }
  // Where the watermark's waves are not much coarser than pixels, single places hide more.
  CHECK(cv::mean(perceptual_gain(noise({256, 256}, 2.5)))[0] < 1.2 * kFlatGain);
}

TEST_CASE("texture of the watermark's frequencies hides more, with noise over it as without") {
  for (const cv::Size size : {cv::Size(384, 384), cv::Size(854, 480)}) {
    CAPTURE(size);
    cv::Mat coarse;  // cells of 7 pixels where the watermark's tile is 256
    cv::resize(noise(gain_size(size) * 2 / 7, 12), coarse, size, 0, 0, cv::INTER_CUBIC);
    CHECK(cv::mean(perceptual_gain(coarse))[0] > 3 * kFlatGain);
    cv::Mat noisy;
    cv::add(coarse, noise(size, 2.5) - cv::Scalar::all(128), noisy);
    CHECK(cv::mean(perceptual_gain(noisy))[0] > 3 * kFlatGain);
  }
}

TEST_CASE("beside a busy area a smooth one gets the least strength") {
  cv::Mat frame(512, 512, CV_8UC3, cv::Scalar::all(128));
  noise({256, 512}, 30).copyTo(frame(cv::Rect(0, 0, 256, 512)));
  const cv::Mat gain = perceptual_gain(frame);
  CHECK(most(gain(cv::Rect(130, 0, 126, 256))) < 1.05 * kFlatGain);
  CHECK(cv::mean(gain(cv::Rect(20, 20, 90, 216)))[0] > 4 * kFlatGain);
}

TEST_CASE("a frame of 16 bits hides what the 8-bit one does") {
  for (const cv::Size size : {cv::Size(400, 300), cv::Size(1111, 777)}) {
    const cv::Mat frame = texture(4, size);
    CHECK(cv::norm(perceptual_gain(frame), perceptual_gain(to_16_bit(frame)), cv::NORM_INF) < 1e-3);
  }
}
