// SPDX-License-Identifier: MIT
#include "pipeline/face/smooth.h"

#include <cmath>
#include <functional>
#include <random>

#include <doctest/doctest.h>

#include "pipeline/measure/jitter.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// A face that moves with constant acceleration, and another far away that rests.
std::vector<FrameFaces> clip(int frames) {
  std::vector<FrameFaces> all;
  for (int t = 0; t < frames; ++t) {
    const auto x = static_cast<float>(100 + 3 * t + 0.25 * t * t);
    FrameFaces frame{.index = t};
    frame.faces.push_back({.landmarks = drawn_landmarks({400, 100}, 60)});
    frame.faces.push_back({.landmarks = drawn_landmarks({x, 200}, 100)});
    if (t % 2 == 1) std::swap(frame.faces[0], frame.faces[1]);
    all.push_back(frame);
  }
  return all;
}

double mean_error(const Landmarks& a, const Landmarks& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += cv::norm(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE(
    "constant acceleration passes through smoothing unchanged, in whatever order faces come") {
  const auto frames = clip(9);
  const auto faces = smoothed_faces(frames, 4, 4);
  REQUIRE(faces.size() == 2);
  for (int i = 0; i < 2; ++i)
    CHECK(mean_error(faces[i].landmarks, frames[4].faces[i].landmarks) < 1e-3);
}

TEST_CASE("smoothing brings trembling landmarks nearer to where they are") {
  const auto still = clip(40);
  auto trembling = still;
  std::mt19937 random(3);
  std::normal_distribution<float> noise(0, 1);
  for (auto& frame : trembling) {
    for (auto& face : frame.faces) {
      for (auto& p : face.landmarks) {
        p = {std::round(p.x + noise(random)), std::round(p.y + noise(random))};
      }
    }
  }
  double before = 0;
  double after = 0;
  for (std::size_t t = 4; t < 36; ++t) {
    before += mean_error(trembling[t].faces[0].landmarks, still[t].faces[0].landmarks);
    after += mean_error(smoothed_faces(trembling, t, 4)[0].landmarks, still[t].faces[0].landmarks);
  }
  CHECK(after < 0.6 * before);
}

TEST_CASE("a face that jumps away or vanishes is not dragged along") {
  auto frames = clip(9);
  for (std::size_t t = 5; t < 9; ++t) {
    for (auto& face : frames[t].faces) {
      for (auto& p : face.landmarks) p += cv::Point2f(500, 0);
    }
  }
  CHECK(smoothed_faces(frames, 4, 4)[1].landmarks == frames[4].faces[1].landmarks);
  frames[5].faces.clear();
  CHECK(smoothed_faces(frames, 4, 4)[1].landmarks == frames[4].faces[1].landmarks);
  CHECK(smoothed_faces(frames, 5, 4).empty());
}

TEST_CASE("no radius and the ends of a clip change nothing") {
  const auto frames = clip(9);
  CHECK(smoothed_faces(frames, 4, 0)[0].landmarks == frames[4].faces[0].landmarks);
  CHECK(smoothed_faces(frames, 0, 4)[0].landmarks == frames[0].faces[0].landmarks);
  CHECK(smoothed_faces(frames, 8, 4)[0].landmarks == frames[8].faces[0].landmarks);
}

namespace {

/// As one track in frames of 30 a second, with trembling of a pixel; x of its middle by frame.
std::vector<FrameFaces> track(int frames, const std::function<float(int)>& x) {
  std::mt19937 random(5);
  std::normal_distribution<float> noise(0, 1);
  std::vector<FrameFaces> all;
  for (int t = 0; t < frames; ++t) {
    FrameFaces frame{.index = t};
    frame.faces.push_back({.landmarks = drawn_landmarks({x(t), 200}, 100), .track = 4});
    for (auto& p : frame.faces[0].landmarks) p += cv::Point2f(noise(random), noise(random));
    all.push_back(frame);
  }
  return all;
}

double second_difference(const std::vector<FrameFaces>& frames) {
  double sum = 0;
  for (std::size_t t = 1; t + 1 < frames.size(); ++t)
    sum += jitter(frames[t - 1].faces[0].landmarks, frames[t].faces[0].landmarks,
                  frames[t + 1].faces[0].landmarks);
  return sum / static_cast<double>(frames.size() - 2);
}

}  // namespace

TEST_CASE("smoothing by track quarters the jitter and leaves no lag behind a steady motion") {
  auto frames = track(60, [](int t) { return 100.0F + 5 * static_cast<float>(t); });
  const double before = second_difference(frames);
  smooth_tracks(frames, 6);
  CHECK(second_difference(std::vector(frames.begin() + 6, frames.end() - 6)) < before / 4);
  for (int t = 6; t < 54; ++t)
    CHECK(mean_error(frames[static_cast<std::size_t>(t)].faces[0].landmarks,
                     drawn_landmarks({100.0F + 5 * static_cast<float>(t), 200}, 100)) < 1);
}

TEST_CASE("smoothing by track does not cut a fast turn") {
  // Forth and back in ten frames, 40 pixels: a parabola over 13 frames would not reach its ends.
  const auto x = [](int t) {
    return 300 + 20 * std::sin(static_cast<float>(t) * static_cast<float>(CV_PI) / 5);
  };
  auto frames = track(60, x);
  smooth_tracks(frames, 6);
  for (int t = 6; t < 54; ++t)
    CHECK(mean_error(frames[static_cast<std::size_t>(t)].faces[0].landmarks,
                     drawn_landmarks({x(t), 200}, 100)) < 2.2);
}

TEST_CASE("a track is not smoothed over a frame without it, nor a face without a track") {
  auto frames = track(9, [](int t) { return 100.0F + static_cast<float>(t * t * t); });
  frames[4].faces.clear();
  auto untracked = track(9, [](int) { return 100.0F; });
  for (auto& frame : untracked) frame.faces[0].track = -1;
  const auto before = untracked;
  smooth_tracks(untracked, 4);
  for (std::size_t t = 0; t < 9; ++t)
    CHECK(untracked[t].faces[0].landmarks == before[t].faces[0].landmarks);
  const Landmarks last = frames[3].faces[0].landmarks;
  smooth_tracks(frames, 4);
  CHECK(frames[3].faces[0].landmarks == last);  // the end of its run
}
