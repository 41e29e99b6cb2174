// SPDX-License-Identifier: MIT
#include "synth/synth.h"

#include <filesystem>
#include <fstream>
#include <numeric>
#include <omp.h>

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/opencv.h>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "synth/actor.h"
#include "synth/render.h"
#include "tests/support/scratch.h"

namespace fs = std::filesystem;
using namespace cameo::synth;  // NOLINT(google-build-using-namespace)

namespace {

constexpr RenderOptions kSmall{.width = 96, .height = 96};

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

dlib::rectangle largest(const std::vector<dlib::rectangle>& boxes) {
  return *std::max_element(boxes.begin(), boxes.end(),
                           [](const auto& a, const auto& b) { return a.area() < b.area(); });
}

cv::Point2f middle(const dlib::full_object_detection& shape, unsigned first, unsigned last) {
  cv::Point2f sum(0, 0);
  for (unsigned i = first; i <= last; ++i) {
    sum +=
        cv::Point2f(static_cast<float>(shape.part(i).x()), static_cast<float>(shape.part(i).y()));
  }
  return sum * (1.0F / static_cast<float>(last - first + 1));
}

/// How far found landmarks are from the true points, in eye distances.
struct Misses {
  double eyes = 0, nose = 0, mouth = 0, chin = 0;

  void add(const dlib::full_object_detection& s, const KnownPoints& k) {
    const double unit = cv::norm(k.left_eye - k.right_eye);
    const auto miss = [&](unsigned first, unsigned last, cv::Point2f truth) {
      return cv::norm(middle(s, first, last) - truth) / unit;
    };
    eyes += 0.5 * (miss(36, 41, k.left_eye) + miss(42, 47, k.right_eye));
    nose += miss(30, 30, k.nose_tip);
    mouth += 0.5 * (miss(48, 48, k.left_mouth) + miss(54, 54, k.right_mouth));
    chin += miss(8, 8, k.chin);
  }
};

}  // namespace

TEST_CASE("the same seed and frame draw the same image, others another") {
  const Actor a = actor("a");
  const cv::Mat first = render(a, scene(5, 3), kSmall);
  CHECK(same(first, render(a, scene(5, 3), kSmall)));
  CHECK_FALSE(same(first, render(a, scene(6, 3), kSmall)));
  CHECK_FALSE(same(first, render(a, scene(5, 4), kSmall)));
}

TEST_CASE("the image does not depend on the number of threads") {
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const cv::Mat alone = render(actor("b"), scene(5, 1), kSmall);
  omp_set_num_threads(3);
  const cv::Mat shared = render(actor("b"), scene(5, 1), kSmall);
  omp_set_num_threads(before);
  CHECK(same(alone, shared));
}

TEST_CASE("every two actors look different in the middle of the face") {
  const Performance p = scene(2, 0);
  const cv::Rect middle_of_image(32, 32, 32, 32);
  for (const std::string& one : actor_names()) {
    for (const std::string& other : actor_names()) {
      if (one >= other) continue;
      CAPTURE(one);
      CAPTURE(other);
      const cv::Mat x = render(actor(one), p, kSmall)(middle_of_image);
      const cv::Mat y = render(actor(other), p, kSmall)(middle_of_image);
      CHECK(cv::norm(x, y, cv::NORM_L1) / static_cast<double>(x.total() * 3) > 4.0);
    }
  }
}

TEST_CASE("an actor that does not exist is refused with the names that do") {
  try {
    actor("nobody");
    FAIL("no error");
  } catch (const cameo::Error& e) {
    CHECK(e.code() == cameo::ErrorCode::Usage);
    CHECK(std::string(e.what()).find("a, b, c, d") != std::string::npos);
  }
}

TEST_CASE("an exact swap keeps every pixel of the background") {
  for (int frame = 0; frame < 4; ++frame) {
    const Performance p = scene(9, frame);
    const cv::Mat a = render(actor("a"), p, kSmall);
    const cv::Mat b = render(actor("b"), p, kSmall);
    cv::Mat figures = region(actor("a"), p, Region::Figure, kSmall) |
                      region(actor("b"), p, Region::Figure, kSmall);
    cv::dilate(figures, figures, cv::Mat());  // edges are smoothed over one pixel
    const cv::Mat outside = figures == 0;
    CHECK(cv::countNonZero(outside) > 96 * 96 / 8);
    CHECK(cv::norm(a, b, cv::NORM_INF, outside) == 0);
    CHECK(cv::norm(a, b, cv::NORM_INF, figures) > 0);
  }
}

TEST_CASE("the face mask covers eyes, nose and mouth, and lies inside the figure") {
  for (int frame = 0; frame < 12; ++frame) {
    CAPTURE(frame);
    const Performance p = scene(11, frame);
    const cv::Mat face = region(actor("a"), p, Region::Face, kSmall);
    const cv::Mat figure = region(actor("a"), p, Region::Figure, kSmall);
    CHECK(cv::countNonZero(face & ~figure) == 0);
    const double share = cv::countNonZero(face) / (96.0 * 96.0);
    CHECK(share > 0.08);
    CHECK(share < 0.35);
    const KnownPoints k = known_points(actor("a"), p, kSmall);
    // The corner of the mouth turned away may be hidden, so the mouth's middle is asked for.
    for (const cv::Point2f& point :
         {k.left_eye, k.right_eye, k.nose_tip, (k.left_mouth + k.right_mouth) * 0.5F}) {
      CHECK(face.at<std::uint8_t>(cv::Point(cvRound(point.x), cvRound(point.y))) == 255);
    }
  }
}

TEST_CASE("neighbouring frames of a clip are alike, and a loop closes") {
  const SceneOptions clip{.motion = Motion::Clip, .fps = 25};
  for (int frame = 0; frame < 200; ++frame) {
    const Pose now = scene(4, frame, clip).pose;
    const Pose next = scene(4, frame + 1, clip).pose;
    CHECK(std::fabs(now.yaw - next.yaw) < 0.06);
    CHECK(std::fabs(now.x - next.x) < 0.01);
  }
  const SceneOptions loop{.motion = Motion::Clip, .fps = 25, .loop_seconds = 4};
  const Performance begin = scene(4, 0, loop);
  const Performance again = scene(4, 100, loop);
  CHECK(begin.pose.yaw == doctest::Approx(again.pose.yaw));
  CHECK(begin.expression.mouth_open == doctest::Approx(again.expression.mouth_open));
  CHECK(scene(4, 50, loop).pose.yaw != doctest::Approx(begin.pose.yaw));
}

TEST_CASE("the detector finds the actors, and the landmarks fit the true points") {
  constexpr int kFrames = 24;
  const RenderOptions size{.width = 256, .height = 256};
  dlib::frontal_face_detector detector = dlib::get_frontal_face_detector();
  dlib::shape_predictor predictor;
  dlib::deserialize("/usr/share/dlib/shape_predictor_68_face_landmarks.dat") >> predictor;
  for (const char* name : {"a", "b"}) {
    CAPTURE(name);
    int found = 0;
    Misses misses;
    for (int frame = 0; frame < kFrames; ++frame) {
      const Performance p = scene(21, frame);
      cv::Mat image = render(actor(name), p, size);
      cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
      const dlib::cv_image<dlib::rgb_pixel> view(image);
      const std::vector<dlib::rectangle> boxes = detector(view);
      if (boxes.empty()) continue;
      ++found;
      misses.add(predictor(view, largest(boxes)), known_points(actor(name), p, size));
    }
    CHECK(found >= 23);
    CHECK(misses.eyes / found < 0.07);
    CHECK(misses.nose / found < 0.12);
    CHECK(misses.mouth / found < 0.17);
    CHECK(misses.chin / found < 0.25);
  }
}

TEST_CASE("synthesize writes frames, exact swaps, masks and the truth") {
  const cameo::test::Scratch scratch;
  SynthOptions options{.actor = "a",
                       .out = scratch / "frames",
                       .swap_with = "b",
                       .swap_out = scratch / "swaps",
                       .masks_out = scratch / "masks",
                       .frames = 3,
                       .first_frame = 7,
                       .seed = 13,
                       .width = 96,
                       .height = 80};
  int calls = 0;
  const SynthResult result =
      synthesize(options, [&](int done, int total) { return ++calls == done && total == 3; });
  CHECK(result.frames == 3);
  CHECK(calls == 3);
  const RenderOptions size{.width = 96, .height = 80};
  const Performance p = scene(13, 8);
  CHECK(same(cv::imread(scratch / "frames/000008.png"), render(actor("a"), p, size)));
  CHECK(same(cv::imread(scratch / "swaps/000008.png"), render(actor("b"), p, size)));
  const cv::Mat mask =
      region(actor("a"), p, Region::Face, size) & region(actor("b"), p, Region::Face, size);
  CHECK(same(cv::imread(scratch / "masks/000008.png", cv::IMREAD_UNCHANGED), mask));

  const auto truth = nlohmann::json::parse(std::ifstream(result.truth));
  CHECK(truth.at("seed") == 13);
  CHECK(truth.at("actor") == "a");
  REQUIRE(truth.at("frames").size() == 3);
  const auto& frame = truth.at("frames")[1];
  CHECK(frame.at("file") == "000008.png");
  CHECK(frame.at("pose").at("yaw").get<float>() == p.pose.yaw);
  CHECK(frame.at("points").at("nose_tip")[0].get<float>() ==
        known_points(actor("a"), p, size).nose_tip.x);

  CHECK_THROWS_WITH_AS(synthesize(options), doctest::Contains("not empty"), cameo::Error);
  options.overwrite = true;
  CHECK(synthesize(options, [](int, int) { return false; }).frames == 1);
}

TEST_CASE("sizes and wishes that cannot be met are refused") {
  CHECK_THROWS_AS(render(actor("a"), {}, {.width = 8, .height = 96}), cameo::Error);
  CHECK_THROWS_AS(scene(1, -1), cameo::Error);
  CHECK_THROWS_AS(synthesize({.out = ""}), cameo::Error);
  CHECK_THROWS_AS(synthesize({.out = "x", .swap_with = "b"}), cameo::Error);
}
