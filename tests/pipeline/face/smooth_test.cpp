// SPDX-License-Identifier: MIT
#include "pipeline/face/smooth.h"

#include <random>

#include <doctest/doctest.h>

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
