// SPDX-License-Identifier: MIT
#include "pipeline/face/follow.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "tests/pipeline/fakes.h"
#include "tests/support/drawn.h"

using namespace cameo;

namespace {

/// A drawn head that turns and goes to the right, then vanishes behind a wall from `gone` on.
std::vector<cv::Mat> clip(int frames, int gone = 1000) {
  std::vector<cv::Mat> pictures;
  for (int t = 0; t < frames; ++t) {
    cv::Mat picture(240, 320, CV_8UC3, cv::Scalar(90, 80, 70));
    const auto head = test::drawn_face({.yaw = 0.02F * static_cast<float>(t)});
    if (t < gone) head.copyTo(picture(cv::Rect(10 + 4 * t, 20, 200, 200)));
    pictures.push_back(picture);
  }
  return pictures;
}

std::vector<Faces> searched(const std::vector<cv::Mat>& pictures, Finder& finder) {
  std::vector<Faces> faces(pictures.size());
  faces.front() = detect_sharp(pictures.front(), finder, 0);
  faces.back() = detect_sharp(pictures.back(), finder, 0);
  search_interval(pictures, faces, finder, 0);
  return faces;
}

double mean_error(const Landmarks& a, const Landmarks& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += cv::norm(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("faces between two detections lie where detection finds them, without detection") {
  Finder finder;
  const auto pictures = clip(9);
  const auto faces = searched(pictures, finder);
  for (std::size_t t = 0; t < faces.size(); ++t) {
    CAPTURE(t);
    REQUIRE(faces[t].size() == 1);
    CHECK(faces[t][0].found == (t % 8 == 0 ? Found::Detected : Found::Tracked));
    CHECK(faces[t][0].sharpness > 0);
    const auto detected = finder.detect(pictures[t]);
    REQUIRE(detected.size() == 1);
    // The predictor answers in whole pixels, and from another box differently by about one.
    CHECK(mean_error(faces[t][0].landmarks, detected[0].landmarks) < 1.5);
  }
}

TEST_CASE("a face that goes inside an interval is found up to its last frame and not behind it") {
  Finder finder;
  for (const int gone : {1, 3, 4, 6, 8}) {
    CAPTURE(gone);
    const auto faces = searched(clip(9, gone), finder);
    for (int t = 0; t < 9; ++t) {
      CAPTURE(t);
      CHECK(faces[static_cast<std::size_t>(t)].size() == (t < gone ? 1 : 0));
    }
  }
}

TEST_CASE("a face that is hidden between two detections is not made up") {
  Finder finder;
  auto pictures = clip(9);
  for (const std::size_t t : {3, 4, 5}) pictures[t].setTo(cv::Scalar(90, 80, 70));
  const auto faces = searched(pictures, finder);
  for (std::size_t t = 0; t < 9; ++t) {
    CAPTURE(t);
    CHECK(faces[t].size() == (t >= 3 && t <= 5 ? 0 : 1));
  }
}

TEST_CASE("faces that swap their places between two frames are matched by overlap, one to one") {
  const Faces a = {test::drawn_face({100, 100}, 80), test::drawn_face({300, 100}, 80)};
  Faces b = {test::drawn_face({305, 102}, 84), test::drawn_face({96, 99}, 78)};
  using Same = std::vector<std::pair<std::size_t, std::size_t>>;
  CHECK(same_faces(a, b, 1) == Same{{0, 1}, {1, 0}});
  b.push_back(test::drawn_face({100, 100}, 80));
  CHECK(same_faces(a, b, 1) == Same{{0, 2}, {1, 0}});
  CHECK(same_faces(a, {test::drawn_face({100, 100}, 160)}, 1).empty());  // twice as large
  CHECK(same_faces(a, {test::drawn_face({200, 100}, 80)}, 8).empty());
}

TEST_CASE("sharpness falls with blur and correlation tells a face from a wall") {
  Finder finder;
  const cv::Mat sharp = test::drawn_face();
  const Landmarks at = finder.detect(sharp).at(0).landmarks;
  cv::Mat blurred;
  cv::GaussianBlur(sharp, blurred, {}, 4);
  const cv::Mat patch = face_patch(sharp, at);
  CHECK(face_sharpness(face_patch(blurred, at)) < 0.5 * face_sharpness(patch));
  CHECK(patch_correlation(patch, face_patch(blurred, at)) > 0.8);
  CHECK(patch_correlation(patch, face_patch(cv::Mat::zeros(sharp.size(), CV_8UC3), at)) == 0);
}
