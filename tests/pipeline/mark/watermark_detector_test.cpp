// SPDX-License-Identifier: MIT
#include "pipeline/mark/watermark_detector.h"

#include <filesystem>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "pipeline/media/video_writer.h"
#include "synth/random_actor.h"
#include "synth/render.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const WatermarkPayload kPayload{.asset = 0x0123456789abcd};

cv::Mat marked(const cv::Mat& frame, std::uint64_t key = kPublicMarkKey) {
  cv::Mat out = frame.clone();
  Watermark(kPayload, key).embed(out);
  return out;
}

/// Marked drawn pictures, textures and people.
const std::vector<cv::Mat>& samples() {
  static const std::vector<cv::Mat> all{marked(texture(11)), marked(texture(12, {500, 500})),
                                        marked(person(13)), marked(person(14, {480, 640}))};
  return all;
}

cv::Mat jpeg(const cv::Mat& picture, int quality) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

cv::Mat resized(const cv::Mat& picture, cv::Size size) {
  cv::Mat out;
  cv::resize(picture, out, size, 0, 0, cv::INTER_AREA);
  return out;
}

cv::Mat levels(const cv::Mat& picture, double factor, double offset) {
  cv::Mat out;
  picture.convertTo(out, -1, factor, offset);
  return out;
}

cv::Mat rotated(const cv::Mat& picture, double degrees) {
  const cv::Point2f middle(static_cast<float>(picture.cols) / 2,
                           static_cast<float>(picture.rows) / 2);
  cv::Mat out;
  cv::warpAffine(picture, out, cv::getRotationMatrix2D(middle, degrees, 1), picture.size());
  return out;
}

cv::Mat cropped(const cv::Mat& picture) {
  const cv::Rect part(picture.cols / 30, picture.rows / 15, picture.cols * 9 / 10,
                      picture.rows * 9 / 10);
  return picture(part).clone();
}

template <class F>
void check_survives(const F& attack) {
  for (const cv::Mat& sample : samples()) {
    const WatermarkResult result = detect_watermark(attack(sample));
    CAPTURE(result.score);
    CHECK(result.found);
    CHECK(result.payload == kPayload);
  }
}

void check_survives_crf_28(const std::vector<cv::Mat>& frames) {
  const Scratch scratch;
  const std::filesystem::path file = scratch.path() / "clip.mp4";
  Watermark watermark(kPayload, kPublicMarkKey, MarkedMedium::Video);
  VideoWriter writer(file, {.crf = 28});
  for (const cv::Mat& frame : frames) {
    cv::Mat marked = frame.clone();
    watermark.embed(marked);
    writer.write(marked);
  }
  writer.finish();
  WatermarkDetector detector;
  VideoReader reader(file);
  while (const auto image = reader.next()) detector.add(image->pixels);
  const WatermarkResult result = detector.result();
  CAPTURE(result.score);
  CHECK(result.found);
  CHECK(result.payload == kPayload);
}

}  // namespace

TEST_CASE("a watermark that nothing was done to is read with at most one wrong bit") {
  for (const cv::Mat& sample : samples()) {
    const WatermarkResult result = detect_watermark(sample);
    CHECK(result.found);
    CHECK(result.payload == kPayload);
    CHECK(result.corrected_bits <= 1);
    CHECK(result.placement.zoom == doctest::Approx(1).epsilon(0.005));
    CHECK_FALSE(result.placement.mirrored);
  }
}

TEST_CASE("a watermark survives JPEG of quality 30") {
  check_survives([](const cv::Mat& picture) { return jpeg(picture, 30); });
}

TEST_CASE("a watermark survives half the size and back, and another size alone") {
  check_survives([](const cv::Mat& picture) {
    cv::Mat out;
    cv::resize(resized(picture, picture.size() / 2), out, picture.size());
    return out;
  });
  check_survives([](const cv::Mat& picture) { return resized(picture, picture.size() / 2); });
}

TEST_CASE("a watermark survives changes of brightness and contrast by 20 %") {
  check_survives([](const cv::Mat& picture) { return levels(picture, 1, 51); });
  check_survives([](const cv::Mat& picture) { return levels(picture, 1, -51); });
  check_survives([](const cv::Mat& picture) { return levels(picture, 1.2, -25.6); });
  check_survives([](const cv::Mat& picture) { return levels(picture, 0.8, 25.6); });
}

TEST_CASE("a watermark is found in a mirrored and in a turned picture, and it says so") {
  check_survives([](const cv::Mat& picture) {
    cv::Mat out;
    cv::flip(picture, out, 1);
    return out;
  });
  cv::Mat turned;
  for (int how : {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
    cv::rotate(samples()[2], turned, how);
    const WatermarkResult result = detect_watermark(turned);
    CHECK(result.payload == kPayload);
    CHECK(result.placement.quarter_turns != 0);
  }
}

TEST_CASE("a watermark is found in a picture of which 10 % of each side were cut off") {
  check_survives(cropped);
  check_survives([](const cv::Mat& picture) { return jpeg(cropped(picture), 60); });
  const WatermarkResult result = detect_watermark(cropped(samples()[0]));
  CHECK(result.placement.zoom == doctest::Approx(0.9).epsilon(0.005));
}

TEST_CASE("a watermark is found in a picture rotated by up to 2.5 degrees") {
  for (double degrees : {-2.5, 1.0, 2.3}) {
    check_survives([&](const cv::Mat& picture) { return rotated(picture, degrees); });
  }
  const WatermarkResult result = detect_watermark(rotated(samples()[1], 2));
  CHECK(result.placement.degrees == doctest::Approx(-2).epsilon(0.1));
}

TEST_CASE("the frames of a compressed video are read together") {
  const cv::Mat wide = texture(21, {800, 480});
  std::vector<cv::Mat> frames;
  frames.reserve(8);
  for (int i = 0; i < 8; ++i) frames.push_back(wide(cv::Rect(4 * i, 0, 640, 480)));
  check_survives_crf_28(frames);
}

TEST_CASE("in a smooth video of crf 28 the watermark of a video's strength is read") {
  const synth::Actor actor = synth::random_actor(100);
  std::vector<cv::Mat> frames;
  frames.reserve(12);
  for (int i = 0; i < 12; ++i)
    frames.push_back(synth::render(actor, synth::scene(100, i, {.motion = synth::Motion::Clip}),
                                   {.width = 640, .height = 360}));
  check_survives_crf_28(frames);
}

TEST_CASE("frames added up score higher than one of them") {
  Watermark watermark(kPayload);
  WatermarkDetector detector;
  double single = 0;
  for (std::uint64_t i = 0; i < 4; ++i) {
    cv::Mat frame = texture(30 + i);
    watermark.embed(frame);
    frame = jpeg(frame, 20);
    if (i == 0) single = detect_watermark(frame).score;
    detector.add(frame);
  }
  CHECK(detector.result().score > 1.2 * single);
}

TEST_CASE("pictures without a watermark have none") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    cv::Mat noise(400, 400, CV_8UC3);
    cv::RNG(seed + 1).fill(noise, cv::RNG::UNIFORM, 0, 256);
    for (const cv::Mat& picture : {texture(100 + seed, {400, 300}), person(100 + seed), noise}) {
      const WatermarkResult result = detect_watermark(picture);
      CHECK_FALSE(result.found);
      CHECK_FALSE(result.payload);
    }
  }
}

TEST_CASE("a flat picture and a regular grid have no watermark") {
  const cv::Mat flat(300, 300, CV_8UC3, cv::Scalar::all(200));
  CHECK_FALSE(detect_watermark(flat).found);
  cv::Mat grid(480, 640, CV_8UC3, cv::Scalar::all(200));
  for (int x = 0; x < grid.cols; x += 16) grid.col(x).setTo(cv::Scalar::all(20));
  for (int y = 0; y < grid.rows; y += 16) grid.row(y).setTo(cv::Scalar::all(20));
  CHECK_FALSE(detect_watermark(grid).found);
}

TEST_CASE("a watermark cannot be read with another key") {
  const cv::Mat picture = marked(person(15), 4711);
  CHECK(detect_watermark(picture, 4711).payload == kPayload);
  CHECK_FALSE(detect_watermark(picture, 4712).found);
  CHECK_FALSE(detect_watermark(picture).found);
}

TEST_CASE("searching leaves the frames as they are, so that it can be done again") {
  WatermarkDetector detector;
  detector.add(rotated(samples()[0], 1.5));
  const WatermarkResult first = detector.result();
  const WatermarkResult second = detector.result();
  CHECK(first.found);
  CHECK(first.score == second.score);
  CHECK(first.payload == second.payload);
}

TEST_CASE("a detector refuses small frames, mixed sizes and an empty search") {
  WatermarkDetector detector;
  CHECK_THROWS_AS(detector.result(), Error);
  CHECK_THROWS_WITH(detector.add(texture(40, {180, 300})), doctest::Contains("too small to mark"));
  detector.add(texture(40, {300, 300}));
  CHECK_THROWS_AS(detector.add(texture(40, {301, 300})), Error);
  CHECK_THROWS_AS(detector.add(cv::Mat(300, 300, CV_8UC1, cv::Scalar(0))), Error);
}
