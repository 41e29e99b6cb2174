// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark.h"

#include <array>
#include <cmath>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/mark/watermark_detector.h"
#include "pipeline/media/pixel_depth.h"
#include "tests/pipeline/mark/textures.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const WatermarkPayload kPayload{.asset = 0x00a1b2c3d4e5f6};

cv::Mat marked(cv::Mat frame, const WatermarkPayload& payload = kPayload,
               MarkedMedium medium = MarkedMedium::Still) {
  frame = frame.clone();
  Watermark(payload, kPublicMarkKey, medium).embed(frame);
  return frame;
}

ErrorCode code_of_embedding(cv::Mat frame) {
  try {
    Watermark(kPayload).embed(frame);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Failed;
}

}  // namespace

TEST_CASE("a payload is 64 bits, the version first") {
  CHECK(pack({.version = 0x12, .asset = 0x3456789abcdef0}) == 0x123456789abcdef0);
  CHECK(unpack(0x123456789abcdef0) == WatermarkPayload{0x12, 0x3456789abcdef0});
  CHECK_THROWS_AS(Watermark({.asset = kMostAsset + 1}), Error);
}

TEST_CASE("a watermarked frame has a PSNR of at least 45 dB, whatever it shows") {
  cv::Mat noise(480, 640, CV_8UC3);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  for (const cv::Mat& frame : {texture(1), texture(2, {333, 512}), person(1), person(2), noise}) {
    CHECK(psnr(frame, marked(frame)) >= 45);
  }
}

TEST_CASE("a watermark changes luma alone: each pixel's channels by the same amount") {
  const cv::Mat frame(300, 300, CV_8UC3, cv::Scalar(60, 120, 180));
  cv::Mat change;
  cv::subtract(marked(frame), frame, change, cv::noArray(), CV_16S);
  cv::Mat channels[3];
  cv::split(change, channels);
  CHECK(cv::countNonZero(channels[0]) > 0);
  CHECK(cv::countNonZero(channels[0] != channels[1]) == 0);
  CHECK(cv::countNonZero(channels[0] != channels[2]) == 0);
}

TEST_CASE("in smooth areas the watermark deviates by less than half a level as it is seen") {
  // Deviations of about half a level are seen as mottle. The eye takes the mean of some pixels:
  // here a Gaussian, which leaves three quarters of the watermark's own frequencies.
  const auto seen_deviation = [](const cv::Mat& frame, const cv::Rect& where,
                                 MarkedMedium medium = MarkedMedium::Still) {
    cv::Mat change;
    cv::subtract(marked(frame, kPayload, medium), frame, change, cv::noArray(), CV_32F);
    cv::extractChannel(change, change, 1);
    const double scale = std::sqrt(static_cast<double>(frame.total())) / kMarkScale;
    cv::GaussianBlur(change, change, {}, 1.5 * scale);
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(change(where), mean, deviation);
    return deviation[0];
  };
  const cv::Rect whole(0, 0, 640, 480);
  for (int level : {20, 90, 128, 230}) {
    CAPTURE(level);
    const cv::Mat flat(whole.size(), CV_8UC3, cv::Scalar::all(level));
    CHECK(seen_deviation(flat, whole) < 0.3);
    CHECK(seen_deviation(flat, whole, MarkedMedium::Video) < 0.42);
  }
  cv::Mat wall(1080, 1920, CV_8UC3, cv::Scalar(120, 118, 116));
  for (int x = 0; x < wall.cols; ++x) wall.col(x) += cv::Scalar::all(60.0 * x / wall.cols);
  CHECK(seen_deviation(wall, {0, 0, 1920, 1080}) < 0.3);
  // What is beside a busy area, too.
  cv::RNG(4).fill(wall(cv::Rect(0, 0, 900, 1080)), cv::RNG::NORMAL, 120, 30);
  CHECK(seen_deviation(wall, {960, 0, 960, 1080}) < 0.3);
  CHECK(seen_deviation(wall, {100, 0, 700, 1080}) > 0.6);
}

TEST_CASE("a watermark of less than half a level is read in a frame of one colour") {
  const cv::Mat flat(480, 640, CV_8UC3, cv::Scalar(90, 100, 110));
  const WatermarkResult found = detect_watermark(marked(flat));
  CHECK(found.payload == kPayload);
  CHECK(found.corrected_bits == 0);
}

TEST_CASE("beyond black and white a watermark is cut off") {
  for (int level : {0, 255}) {
    const cv::Mat flat(300, 300, CV_8UC3, cv::Scalar::all(level));
    CHECK(cv::norm(marked(flat), flat, cv::NORM_INF) <= 3);
    const cv::Mat deep(300, 300, CV_16UC3, cv::Scalar::all(257 * level));
    CHECK(cv::norm(marked(deep), deep, cv::NORM_INF) <= 3 * 257);
  }
}

TEST_CASE("embedding the same watermark in the same frame gives the same bytes") {
  const cv::Mat frame = person(3);
  CHECK(cv::norm(marked(frame), marked(frame), cv::NORM_INF) == 0);
  Watermark watermark(kPayload);
  cv::Mat other = texture(4, {400, 300});
  watermark.embed(other);
  cv::Mat again = frame.clone();
  watermark.embed(again);
  CHECK(cv::norm(again, marked(frame), cv::NORM_INF) == 0);
}

TEST_CASE("threads that share a watermark embed what one of them does, whatever the sizes") {
  const std::array<cv::Size, 2> sizes{cv::Size(320, 240), cv::Size(400, 300)};
  Watermark watermark(kPayload);
  std::vector<cv::Mat> frames(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frames[i] = texture(i, sizes[i % 2]);
    threads.emplace_back([&watermark, &frame = frames[i]] { watermark.embed(frame); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < frames.size(); ++i)
    CHECK(cv::norm(frames[i], marked(texture(i, sizes[i % 2])), cv::NORM_INF) == 0);
}

TEST_CASE("a frame of 16 bits gets the watermark of the 8-bit one, without its rounding") {
  const cv::Mat deep = to_16_bit(person(4));
  const cv::Mat result = marked(deep);
  CHECK(result.type() == CV_16UC3);
  CHECK(psnr(deep, result) >= 45);
  // Each rounds by half a level.
  CHECK(cv::norm(to_8_bit(result), marked(person(4)), cv::NORM_INF) <= 1);
  const WatermarkResult found = detect_watermark(result);
  CHECK(found.found);
  CHECK(found.payload == kPayload);
}

TEST_CASE("frames with a side below 192 pixels are too small to mark") {
  CHECK(can_be_marked({192, 192}));
  CHECK_FALSE(can_be_marked({191, 1000}));
  CHECK_FALSE(can_be_marked({1000, 191}));
  CHECK(code_of_embedding(texture(5, {640, 100})) == ErrorCode::Input);
  CHECK(code_of_embedding(texture(5, {1, 1})) == ErrorCode::Input);
  CHECK(code_of_embedding(cv::Mat()) == ErrorCode::Usage);
  CHECK(code_of_embedding(cv::Mat(300, 300, CV_8UC1, cv::Scalar(0))) == ErrorCode::Usage);
  CHECK_THROWS_WITH(check_can_be_marked({100, 90}),
                    doctest::Contains("100x90 is too small to mark"));
}

TEST_CASE("frames of the least size, odd sizes, long shapes and 4K can be marked and read") {
  for (const cv::Size size : {cv::Size(192, 192), cv::Size(641, 359), cv::Size(192, 1200),
                              cv::Size(1999, 301), cv::Size(3840, 2160)}) {
    CAPTURE(size.width);
    const cv::Mat frame = texture(6, size);
    const cv::Mat result = marked(frame);
    CHECK(psnr(frame, result) >= 45);
    const WatermarkResult found = detect_watermark(result);
    CHECK(found.found);
    CHECK(found.payload == kPayload);
  }
}
