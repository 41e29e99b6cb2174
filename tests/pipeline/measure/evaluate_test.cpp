// SPDX-License-Identifier: MIT
#include "pipeline/measure/evaluate.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "pipeline/face/crop.h"
#include "pipeline/measure/expression.h"
#include "pipeline/measure/ms_ssim.h"
#include "pipeline/measure/nearest_face.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video_writer.h"
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

/// Sees a face in the middle of any box, and in the frame's first pixel what tells frames apart: a
/// tenth of a degree of roll for each level of blue, closed eyes for a green of 1, closed lips for
/// a red of 1.
class FakePredictor final : public LandmarkPredictor {
 public:
  std::size_t points() const override { return kIbug68; }
  Landmarks predict(const cv::Mat& frame, const cv::Rect& box) const override {
    ++calls;
    const auto& pixel = frame.at<cv::Vec3b>(0, 0);
    const cv::Point middle = (box.tl() + box.br()) / 2;
    Landmarks points =
        drawn_landmarks(middle, static_cast<float>(box.width), static_cast<float>(pixel[0]) / 10);
    const auto join = [&](std::size_t a, std::size_t b) { points[a] = points[b]; };
    for (const std::size_t eye : {36, 42}) {
      if (pixel[1] != 1) continue;
      join(eye + 1, eye + 5);
      join(eye + 2, eye + 4);
    }
    for (std::size_t i = 1; i < 4 && pixel[2] == 1; ++i) join(60 + i, 68 - i);
    return points;
  }
  mutable int calls = 0;
};

/// Sees all landmarks in one point.
class LostPredictor final : public LandmarkPredictor {
 public:
  std::size_t points() const override { return kIbug68; }
  Landmarks predict(const cv::Mat&, const cv::Rect&) const override { return Landmarks(kIbug68); }
};

/// Frames of brightness 100 whose exact swap is 140 in a region; the swap is 10 off there.
struct Case {
  Scratch scratch;
  FakePredictor predictor;
  EvaluateOptions options{.swapped = scratch / "swapped",
                          .truth = scratch / "truth",
                          .original = scratch / "original",
                          .masks = scratch / "masks",
                          .source_faces = scratch / "b.faces.json",
                          .source_crops = scratch / "b"};
  explicit Case(int frames = 2) {
    options.landmarks = &predictor;
    FacesFile faces;
    for (int i = 0; i < frames; ++i) {
      cv::Mat truth = flat(100);
      truth(kRegion).setTo(cv::Scalar::all(140));
      cv::Mat swapped = flat(7);  // outside the mask, where nobody looks
      swapped(kRegion).setTo(cv::Scalar::all(150));
      cv::Mat mask = cv::Mat::zeros(kFrame, CV_8UC1);
      mask(kRegion).setTo(255);
      const std::string name = std::to_string(i) + ".png";
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
  CHECK(report.mean.swap->psnr == doctest::Approx(20 * std::log10(255.0 / 10)));
  CHECK(report.mean.unchanged->psnr == doctest::Approx(20 * std::log10(255.0 / 40)));
  REQUIRE(report.mean.pasted);
  // The nearest face has the exact brightness, but its square covers only a part of the region.
  CHECK(report.mean.pasted->psnr > report.mean.unchanged->psnr + 1);
  CHECK(report.mean.swap->ssim < 1);
  cv::Mat mask = cv::Mat::zeros(kFrame, CV_8UC1);
  mask(kRegion).setTo(255);
  CHECK(report.mean.swap->ms_ssim ==
        doctest::Approx(ms_ssim(read_image(c.options.swapped / "0.png"),
                                read_image(c.options.truth / "0.png"), mask)));
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
  CHECK(contains(report.failed[0], "0: not among the exact swaps"));
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
  CHECK(evaluate(c.options).mean.swap->psnr > 45);
  c.options.region = Region::Face;
  CHECK(evaluate(c.options).mean.swap->psnr < 40);
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
  CHECK(report.mean.swap->ssim == doctest::Approx(1));
  CHECK(report.region == Region::Drawn);
}

TEST_CASE("without a truth all is measured that needs none") {
  Case c(3);
  c.options.truth.clear();
  // Above 0, where the fake landmarks come from, the footage gets stripes and the swap fainter
  // ones.
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i) + ".png";
    cv::Mat original = read_image(c.options.original / name);
    cv::Mat swapped = read_image(c.options.swapped / name);
    for (int x = kRegion.x; x < kRegion.x + kRegion.width; x += 4) {
      const cv::Rect stripe(x, kRegion.y, 2, kRegion.height);
      original(stripe) += cv::Scalar::all(40);
      swapped(stripe) += cv::Scalar::all(20);
    }
    swapped(kRegion) += cv::Scalar::all(i == 1 ? 6 : 0);
    swapped.at<cv::Vec3b>(0, 0) = i == 0 ? cv::Vec3b(80, 1, 1) : cv::Vec3b::all(i == 1 ? 90 : 80);
    write_image(c.options.original / name, original);
    write_image(c.options.swapped / name, swapped);
  }
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.failed.empty());
  CHECK_FALSE(report.mean.swap);
  CHECK_FALSE(report.mean.unchanged);
  CHECK_FALSE(report.mean.pasted);
  REQUIRE(report.frames.size() == 3);
  const FrameMeasures& middle = report.frames[1].measures;
  CHECK(*middle.sharpness == doctest::Approx(0.5));
  CHECK(*middle.roll_error == doctest::Approx(1).epsilon(1e-3));
  CHECK(*report.frames[0].measures.roll_error == doctest::Approx(2).epsilon(1e-3));
  CHECK(*report.mean.measures.roll_error == doctest::Approx(5.0 / 3).epsilon(1e-3));
  CHECK(*middle.yaw_error < 1e-3);
  CHECK(*middle.pitch_error < 1e-3);
  CHECK(*middle.expression_error < 1e-4);
  const Landmarks face = target_face().landmarks;
  CHECK(*report.frames[0].measures.blink_error ==
        doctest::Approx(eye_aspect_ratio(face)).epsilon(1e-3));
  CHECK(*report.frames[0].measures.mouth_error ==
        doctest::Approx(mouth_opening(face)).epsilon(1e-3));
  CHECK(*middle.flicker == doctest::Approx(6));
  CHECK(*middle.jitter > 0.1);
  REQUIRE(middle.jitter_original);
  CHECK(*middle.jitter_original == 0);
  CHECK(middle.seam.has_value());
  CHECK(middle.blotches.has_value());
  CHECK_FALSE(report.frames[0].measures.flicker);
  for (const std::size_t end : {0, 2}) CHECK_FALSE(report.frames[end].measures.jitter);
  CHECK(c.predictor.calls == 6);  // once a frame and its swap
}

TEST_CASE("with a truth sharpness is a share of the exact swap's") {
  const Case c;
  cv::Mat truth = flat(100);
  cv::Mat swapped = flat(100);
  for (int x = kRegion.x; x < kRegion.x + kRegion.width; x += 4) {
    truth(cv::Rect(x, kRegion.y, 2, kRegion.height)) += cv::Scalar::all(40);
    swapped(cv::Rect(x, kRegion.y, 2, kRegion.height)) += cv::Scalar::all(10);
  }
  write_image(c.options.truth / "0.png", truth);
  write_image(c.options.swapped / "0.png", swapped);
  const EvaluateReport report = evaluate(c.options);
  CHECK(*report.frames[0].measures.sharpness == doctest::Approx(0.25));
  CHECK_FALSE(report.frames[1].measures.sharpness);  // flat
  CHECK_FALSE(report.mean.measures.jitter);          // two frames are no clip
}

TEST_CASE("the exact swap is measured as the swap is, for what a swap can reach") {
  const Case c(3);
  for (int i = 0; i < 3; ++i) {
    const fs::path file = c.options.truth / (std::to_string(i) + ".png");
    cv::Mat truth = read_image(file);
    truth(kRegion) += cv::Scalar::all(i == 1 ? 6 : 0);
    truth.at<cv::Vec3b>(0, 0) = cv::Vec3b::all(i == 1 ? 130 : 120);
    write_image(file, truth);
  }
  const EvaluateReport report = evaluate(c.options);
  const FrameMeasures& middle = report.frames[1].truth_measures;
  CHECK(*middle.roll_error == doctest::Approx(3).epsilon(1e-3));
  CHECK(*report.mean.truth_measures.roll_error == doctest::Approx(7.0 / 3).epsilon(1e-3));
  CHECK(*middle.flicker == doctest::Approx(6));
  CHECK(*middle.jitter > 0.1);
  CHECK(*middle.jitter_original == 0);
  CHECK(*report.frames[1].measures.flicker == 0);  // that of the swap is another
  CHECK(middle.seam.has_value());
  CHECK(c.predictor.calls == 12);
}

TEST_CASE("without known faces the masks say where, and what needs landmarks is left out") {
  Case c;
  c.options.source_faces.clear();
  c.options.truth.clear();
  fs::remove(faces_path(c.options.original));
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.frames.size() == 2);
  CHECK(report.mean.measures.flicker.has_value());
  CHECK_FALSE(report.mean.measures.yaw_error);
  CHECK_FALSE(report.mean.measures.seam);
  CHECK_FALSE(report.mean.measures.blotches);
  CHECK(c.predictor.calls == 0);
}

TEST_CASE("landmarks that are no face, or of another scheme, cost the measures that need them") {
  Case c;
  const LostPredictor lost;
  c.options.landmarks = &lost;
  const EvaluateReport no_face = evaluate(c.options);
  CHECK(no_face.failed.empty());
  CHECK_FALSE(no_face.mean.measures.expression_error);
  CHECK(no_face.mean.measures.seam.has_value());

  FacesFile five;
  for (const char* name : {"0.png", "1.png"})
    five.frames.push_back({.name = name, .faces = {{.landmarks = Landmarks(5)}}});
  write_faces(faces_path(c.options.original), five);
  c.options.source_faces.clear();
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.failed.empty());
  CHECK(report.mean.swap.has_value());
  CHECK_FALSE(report.mean.measures.seam);
}

TEST_CASE("a clip's frames come in the order of their numbers") {
  const Case c(11);
  const EvaluateReport report = evaluate(c.options);
  REQUIRE(report.frames.size() == 11);
  CHECK(report.frames[2].name == "2");
  CHECK(report.frames[10].name == "10");
  CHECK(report.frames[10].measures.flicker.has_value());
}

TEST_CASE("videos are evaluated like folders of their frames") {
  const Case c(3);
  EvaluateOptions options = c.options;
  options.source_faces.clear();
  options.truth.clear();
  FacesFile faces;
  VideoWriter swapped(c.scratch / "swapped.mp4", {}), original(c.scratch / "original.mp4", {});
  for (int i = 0; i < 3; ++i) {
    const std::string name = std::to_string(i) + ".png";
    swapped.write(read_image(options.swapped / name), std::nullopt);
    original.write(read_image(options.original / name), std::nullopt);
    faces.frames.push_back({.name = frame_name(i), .index = i, .faces = {target_face()}});
  }
  swapped.finish();
  original.finish();
  options.swapped = c.scratch / "swapped.mp4";
  options.original = c.scratch / "original.mp4";
  options.masks.clear();
  write_faces(faces_path(options.original), faces);
  const EvaluateReport report = evaluate(options);
  CHECK(report.failed.empty());
  REQUIRE(report.frames.size() == 3);
  CHECK(report.frames[2].name == "000002");
  CHECK(report.frames[1].measures.jitter.has_value());
  CHECK(*report.frames[1].measures.flicker < 1);
  CHECK(*report.mean.measures.preservation < 0.5);  // the swap's frames are dark there
  const auto of_lengths = [](const std::string& note) { return contains(note, "3 frames and"); };
  CHECK(std::none_of(report.notes.begin(), report.notes.end(), of_lengths));
  VideoWriter longer(c.scratch / "longer.mp4", {});
  for (int i = 0; i < 4; ++i)
    longer.write(read_image(c.options.original / (std::to_string(i % 3) + ".png")), std::nullopt);
  longer.finish();
  options.original = c.scratch / "longer.mp4";
  write_faces(faces_path(options.original), faces);
  const auto notes = evaluate(options).notes;
  CHECK(std::count_if(notes.begin(), notes.end(), of_lengths) == 1);
}

TEST_CASE("a swap of another size than its frame is no swap of it") {
  Case c;
  c.options.truth.clear();
  write_image(c.options.swapped / "1.png", cv::Mat(50, 50, CV_8UC3, cv::Scalar::all(7)));
  const EvaluateReport report = evaluate(c.options);
  CHECK(report.frames.size() == 1);
  REQUIRE(report.failed.size() == 1);
  CHECK(contains(report.failed[0], "1: swap of 50x50 for a frame of 160x120"));
}
