// SPDX-License-Identifier: MIT
#include "pipeline/measure/evaluate.h"

#include <cmath>
#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/face/crop.h"
#include "pipeline/measure/nearest_face.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

const cv::Size kFrame(160, 120);
const cv::Rect kRegion(50, 40, 60, 50);

cv::Mat flat(int value) {
  return {kFrame, CV_8UC3, cv::Scalar::all(value)};
}

Face target_face() {
  return drawn_face({80, 60}, 60);
}

/// Frames of brightness 100 whose exact swap is 140 in a region; the swap is 10 off there.
struct Case {
  Scratch scratch;
  EvaluateOptions options{.swapped = scratch / "swapped",
                          .truth = scratch / "truth",
                          .original = scratch / "original",
                          .masks = scratch / "masks",
                          .source_faces = scratch / "b.faces.json",
                          .source_crops = scratch / "b"};
  Case() {
    FacesFile faces;
    for (const char* stem : {"0", "1"}) {
      cv::Mat truth = flat(100);
      truth(kRegion).setTo(cv::Scalar::all(140));
      cv::Mat swapped = flat(7);  // outside the mask, where nobody looks
      swapped(kRegion).setTo(cv::Scalar::all(150));
      cv::Mat mask = cv::Mat::zeros(kFrame, CV_8UC1);
      mask(kRegion).setTo(255);
      const std::string name = std::string(stem) + ".png";
      write_image(options.truth / name, truth);
      write_image(options.swapped / name, swapped);
      write_image(options.original / name, flat(100));
      write_image(options.masks / name, mask);
      faces.frames.push_back({.name = name, .faces = {target_face()}});
    }
    write_faces(faces_path(options.original), faces);
    FacesFile source;
    source.frames.push_back({.name = "x", .faces = {face_with("near.png", 0)}});
    source.frames.push_back({.name = "y", .faces = {face_with("far.png", 25)}});
    write_faces(options.source_faces, source);
    write_image(options.source_crops / "near.png",
                cv::Mat(256, 256, CV_8UC3, cv::Scalar::all(140)));
    write_image(options.source_crops / "far.png", cv::Mat(256, 256, CV_8UC3, cv::Scalar::all(20)));
  }

  /// A training face whose mouth is `lower` pixels below the target's, in another frame.
  static Face face_with(const std::string& crop, float lower) {
    Face face = drawn_face({300, 200}, 120, 20);
    for (std::size_t i = 48; i < 68; ++i) face.landmarks[i].y += lower;
    face.crop = crop;
    return face;
  }
};

}  // namespace

TEST_CASE("evaluation measures inside the mask: the swap, the frame as it is, the pasted face") {
  Case c;
  c.options.compose = {.mask = {.kind = MaskKind::Rect, .feather = 0}, .color = ColorMatch::None};
  const EvaluateReport report = evaluate(c.options);
  REQUIRE(report.frames.size() == 2);
  CHECK(report.failed.empty());
  CHECK(report.frames[0].name == "0");
  CHECK(report.mean.swap.psnr == doctest::Approx(20 * std::log10(255.0 / 10)));
  CHECK(report.mean.unchanged.psnr == doctest::Approx(20 * std::log10(255.0 / 40)));
  REQUIRE(report.mean.pasted);
  // The nearest face has the exact brightness, but its square covers only a part of the region.
  CHECK(report.mean.pasted->psnr > report.mean.unchanged.psnr + 1);
  CHECK(report.mean.swap.ssim < 1);
}

TEST_CASE("the nearest training face is the one of like pose, wherever it was found") {
  const Case c;
  const TrainingFaces training(read_faces(c.options.source_faces), c.options.source_crops);
  REQUIRE(training.size() == 2);
  CHECK(training.nearest(drawn_landmarks({80, 60}, 60)) == 0);
  CHECK(training.nearest(Case::face_with("", 25).landmarks) == 1);
  CHECK(training.read(1).at<cv::Vec3b>(5, 5)[0] == 20);

  cv::Mat frame = flat(100);
  const std::vector<Face> faces{target_face()};
  paste_nearest(frame, faces, training, {.color = ColorMatch::None});
  CHECK(frame.at<cv::Vec3b>(60, 80)[0] == 140);
  CHECK(frame.at<cv::Vec3b>(2, 2)[0] == 100);
}

TEST_CASE("a pasted face keeps its own pixels where the frame has the training face's pose") {
  const Case c;
  cv::Mat noise(256, 256, CV_8UC3);
  cv::RNG(4).fill(noise, cv::RNG::UNIFORM, 0, 256);
  write_image(c.options.source_crops / "near.png", noise);
  FacesFile found;
  found.frames.push_back({.faces = {{.landmarks = drawn_landmarks({128, 128}, 190)}}});
  found.frames[0].faces[0].crop = "near.png";
  const TrainingFaces training(found, c.options.source_crops);
  // The frame is the aligned face itself, so the way there and back is no resampling at all.
  const std::vector<Face> faces{{.landmarks = training.landmarks(0)}};
  cv::Mat frame(256, 256, CV_8UC3, cv::Scalar::all(90));
  paste_nearest(frame, faces, training,
                {.mask = {.kind = MaskKind::Rect, .feather = 0}, .color = ColorMatch::None});
  const cv::Rect inside(52, 52, 152, 152);
  CHECK(largest_difference(frame(inside), noise(inside)) <= 4);
}

TEST_CASE("a frame that cannot be compared is reported, the others count") {
  Case c;
  fs::remove(c.options.truth / "0.png");
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.frames.size() == 1);
  REQUIRE(report.failed.size() == 1);
  CHECK(contains(report.failed[0], "0: no exact swap"));
  fs::remove(c.options.truth / "1.png");
  CHECK_THROWS_AS(evaluate(c.options), Error);
}

TEST_CASE("without the source's faces the likeness is still measured") {
  Case c;
  c.options.source_faces.clear();
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.frames.size() == 2);
  CHECK_FALSE(report.mean.pasted);
  CHECK_FALSE(report.mean.identity);
  CHECK(report.notes.size() == 1);
}

TEST_CASE("the drawn region leaves out what lies outside the landmarks") {
  Case c;
  c.options.region = Region::Drawn;
  // The whole mask is 10 off; mend the swap where the network draws, by a face of the true colour.
  const Face face = target_face();
  for (const char* name : {"0.png", "1.png"}) {
    cv::Mat swapped = read_image(c.options.swapped / name);
    FakeSwapper exact = constant_swapper(cv::Scalar::all(140));
    const std::vector<Face> faces{face};
    convert_masked(swapped, faces, exact,
                   {.mask = {.erosion = -3, .feather = 0}, .color = ColorMatch::None});
    write_image(c.options.swapped / name, swapped);
  }
  CHECK(evaluate(c.options).mean.swap.psnr > 45);
  c.options.region = Region::Face;
  CHECK(evaluate(c.options).mean.swap.psnr < 40);
}

TEST_CASE("without masks the landmarks say where to measure") {
  Case c;
  c.options.masks.clear();
  cv::Mat swapped = flat(140);
  for (const char* name : {"0.png", "1.png"}) {
    write_image(c.options.swapped / name, swapped);
    write_image(c.options.truth / name, swapped);
  }
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.mean.swap.ssim == doctest::Approx(1));
  CHECK(report.region == Region::Drawn);
}

TEST_CASE("the table has one line a frame and empty places for what is not known") {
  EvaluateReport report;
  report.frames.push_back({.name = "7", .swap = {20, 0.5}, .unchanged = {10, 0.25}});
  report.frames.push_back({.name = "8",
                           .swap = {20, 0.5},
                           .unchanged = {10, 0.25},
                           .pasted = ImageMetrics{12, 0.3},
                           .identity = Identity{0.4, 0.7},
                           .identity_unchanged = Identity{0.8, 0.1}});
  const std::string csv = evaluate_csv(report);
  CHECK(contains(csv, "\n7,20,0.5,10,0.25,,,,,,\n"));
  CHECK(contains(csv, "\n8,20,0.5,10,0.25,12,0.3,0.4,0.7,0.8,0.1\n"));
}
