// SPDX-License-Identifier: MIT
#include "pipeline/compose/example_files.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "tests/support/drawn.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::Scratch;
namespace fs = std::filesystem;

namespace {

cv::Mat face_of(float yaw) {
  return test::drawn_face({.size = 256, .yaw = yaw})(cv::Rect(64, 64, 128, 128)).clone();
}

cv::Mat blurred(const cv::Mat& face) {
  cv::Mat out;
  cv::GaussianBlur(face, out, {}, 5);
  return out;
}

/// A folder of faces that turn from left to right, and what it is called.
fs::path folder_of_faces(const Scratch& scratch, int count) {
  for (int i = 0; i < count; ++i)
    write_image(scratch / "faces" / ("face" + std::to_string(i) + ".png"),
                face_of(-0.4F + 0.8F * static_cast<float>(i) / static_cast<float>(count)));
  return scratch / "faces";
}

}  // namespace

TEST_CASE("the faces chosen differ most, and none is blurred") {
  const std::vector<cv::Mat> faces{face_of(0),     face_of(0.01F), blurred(face_of(0.5F)),
                                   face_of(-0.4F), face_of(0.4F),  face_of(0.02F)};
  CHECK(choose_examples(faces, 3) == std::vector<std::size_t>{0, 3, 4});
  CHECK(choose_examples(faces, 10) == std::vector<std::size_t>{0, 1, 3, 4, 5});
  CHECK(choose_examples(faces, 0).empty());
  CHECK(choose_examples({}, 3).empty());
  const std::vector<cv::Mat> same(5, face_of(0));
  CHECK(choose_examples(same, 3) == std::vector<std::size_t>{0});
}

TEST_CASE("a model keeps the bytes of the faces that were chosen, of each person apart") {
  const Scratch scratch;
  const std::vector<fs::path> folders{folder_of_faces(scratch, 6)};
  const fs::path model = scratch / "model";
  CHECK(save_examples(model, Side::B, folders, 4) == 4);
  CHECK(examples_folder(model, Side::B) == model / "examples" / "b");
  CHECK(!fs::exists(examples_folder(model, Side::A)));
  const auto files = list_images(examples_folder(model, Side::B));
  REQUIRE(files.size() == 4);
  CHECK(read_bytes(files[0]) == read_bytes(scratch / "faces" / "face0.png"));
  CHECK(load_examples(examples_folder(model, Side::B)).size() == 4);
  CHECK(list_files(model / "examples", {}).empty());
}

TEST_CASE("examples are chosen anew when the faces are others, and removed where none is wanted") {
  const Scratch scratch;
  const std::vector<fs::path> folders{folder_of_faces(scratch, 3)};
  const fs::path model = scratch / "model", kept = examples_folder(model, Side::A);
  CHECK(save_examples(model, Side::A, folders, 8) == 3);
  const auto written = fs::last_write_time(kept / "0.png");
  CHECK(save_examples(model, Side::A, folders, 8) == 3);
  CHECK(fs::last_write_time(kept / "0.png") == written);
  write_image(scratch / "faces" / "face9.png", face_of(0.5F));
  CHECK(save_examples(model, Side::A, folders, 8) == 4);
  CHECK(save_examples(model, Side::A, folders, 0) == 0);
  CHECK(!fs::exists(kept));
}

TEST_CASE("a folder of examples without an image is named") {
  const Scratch scratch;
  fs::create_directories(scratch / "empty");
  CHECK(test::contains(test::message_of([&] { load_examples(scratch / "empty"); }), "empty"));
  CHECK_THROWS_AS(load_examples(scratch / "missing"), Error);
}

TEST_CASE("of a model's own examples all are taken, of other faces no more than a model keeps") {
  const Scratch scratch;
  constexpr int kMany = kExamples + 12;
  cv::RNG random(3);
  for (int i = 0; i < kMany; ++i) {
    cv::Mat face(32, 32, CV_8UC3);
    random.fill(face, cv::RNG::UNIFORM, 0, 255);
    write_image(scratch / "faces" / (std::to_string(i) + ".png"), face);
  }
  const std::vector<fs::path> folders{scratch / "faces"};
  CHECK(save_examples(scratch / "model", Side::A, folders, kMany) == kMany);
  CHECK(load_examples(examples_folder(scratch / "model", Side::A)).size() == kMany);
  CHECK(load_examples(scratch / "faces").size() == kExamples);
}
