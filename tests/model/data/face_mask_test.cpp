// SPDX-License-Identifier: MIT
#include "model/data/face_mask.h"

#include <cmath>
#include <numbers>
#include <utility>

#include <doctest/doctest.h>

#include "base/files.h"
#include "base/png_text.h"
#include "tests/model/drawn_faces.h"
#include "tests/model/drawn_landmarks.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::draw_faces;
using test::drawn_landmarks;
using test::Scratch;

namespace {

constexpr int kSide = 128;

struct Part {
  double area = 0, x = 0, y = 0;  ///< of the side's square; of its middle, in shares of the side
};

/// Of channel c of a mask; stride: as it was drawn with.
Part part_of(const std::vector<std::uint8_t>& mask, std::size_t c, int stride) {
  Part part;
  for (int i = 0; i < kSide * kSide; ++i) {
    const double weight = mask[static_cast<std::size_t>(i) * 3 + c] / 255.0;
    part.area += weight / (kSide * kSide);
    part.x += weight * (i % kSide + 0.5 / stride) / kSide;
    part.y += weight * (i / kSide + 0.5 / stride) / kSide;
  }
  part.x /= part.area * kSide * kSide;
  part.y /= part.area * kSide * kSide;
  return part;
}

std::uint8_t at(const std::vector<std::uint8_t>& mask, std::size_t c, double x, double y) {
  const int column = static_cast<int>(x * kSide), row = static_cast<int>(y * kSide);
  return mask[static_cast<std::size_t>(row * kSide + column) * 3 + c];
}

}  // namespace

TEST_CASE("the mask of points on an ellipse covers its area, about its middle") {
  // All landmarks on one ellipse, so eyes and brows have the same middle: no forehead is added.
  FaceLandmarks ellipse;
  for (std::size_t i = 0; i < ellipse.size(); ++i) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(i) / 68;
    ellipse.at(i) = {0.5 + 0.3 * std::cos(angle), 0.45 + 0.2 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 10; ++i) ellipse.at(17 + i) = ellipse.at(36 + i);
  ellipse.at(46) = ellipse.at(47) = ellipse.at(41);
  FacePoint sum_eyes, sum_brows;
  for (std::size_t i = 36; i < 48; ++i)
    sum_eyes = {sum_eyes.x + ellipse.at(i).x / 12, sum_eyes.y + ellipse.at(i).y / 12};
  for (std::size_t i = 17; i < 27; ++i) ellipse.at(i) = sum_eyes;
  for (const int stride : {1, 2, 4}) {
    const auto mask = draw_face_mask(ellipse, kSide, stride);
    const Part face = part_of(mask, 0, stride);
    CAPTURE(stride);
    // A polygon of 46 points lacks up to 2 % of its ellipse; rounding to bytes is far below.
    CHECK(face.area == doctest::Approx(std::numbers::pi * 0.3 * 0.2).epsilon(0.03));
    CHECK(face.x == doctest::Approx(0.5).epsilon(0.02));
    CHECK(face.y == doctest::Approx(0.45).epsilon(0.02));
  }
}

TEST_CASE("a mask takes in forehead, eyes and mouth, not the background") {
  const auto mask = draw_face_mask(drawn_landmarks(), kSide, 2);
  CHECK(at(mask, 0, 0.5, 0.5) == 255);
  CHECK(at(mask, 0, 0.5, 0.25) == 255);  // the forehead: brows are at 0.32, eyes at 0.4
  CHECK(at(mask, 0, 0.5, 0.12) == 0);
  CHECK(at(mask, 0, 0.22, 0.18) == 0);  // an arch: no corner at the temples
  CHECK(at(mask, 0, 0.05, 0.5) == 0);
  CHECK(at(mask, 1, 0.37, 0.4) == 255);
  CHECK(at(mask, 1, 0.63, 0.4) == 255);
  CHECK(at(mask, 1, 0.5, 0.4) == 0);
  CHECK(at(mask, 2, 0.5, 0.68) == 255);
  CHECK(at(mask, 2, 0.5, 0.5) == 0);
  for (std::size_t i = 0; i < mask.size(); i += 3) {
    REQUIRE(mask[i + 1] <= mask[i]);
    REQUIRE(mask[i + 2] <= mask[i]);
  }
  // Where a mask pixel lies depends on the stride: half a pixel of the face, not of the mask.
  const Part one = part_of(draw_face_mask(drawn_landmarks(), kSide, 1), 0, 1);
  const Part two = part_of(mask, 0, 2);
  CHECK(one.x == doctest::Approx(two.x).epsilon(2e-4));
  CHECK(one.y == doctest::Approx(two.y).epsilon(2e-4));
}

TEST_CASE("landmarks stay in a face's file, wherever it goes") {
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 3);
  const auto face = scratch / "a" / "face1.png";
  CHECK(!read_landmarks(face));
  const FaceLandmarks landmarks = drawn_landmarks();
  write_bytes(face, with_landmarks(read_bytes(face), landmarks));
  CHECK(read_pixels(face).bgr == test::drawn_face(0, 1).bgr);
  std::filesystem::rename(face, scratch / "a" / "other.png");
  const auto back = read_landmarks(scratch / "a" / "other.png");
  REQUIRE(back);
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    CHECK(std::abs(back->at(i).x - landmarks.at(i).x) <= 5.1e-6);
    CHECK(std::abs(back->at(i).y - landmarks.at(i).y) <= 5.1e-6);
  }
  // Text that another program cut or changed counts as none.
  for (const char* text : {"", "1 2 3", "1,2", "x"}) {
    write_bytes(face,
                with_png_text(read_bytes(scratch / "a" / "face0.png"), "cameo-landmarks", text));
    CHECK(!read_landmarks(face));
  }
}

TEST_CASE("masks are loaded for the faces that hold landmarks, the others are counted") {
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 3);
  const auto face = scratch / "a" / "face1.png";
  write_bytes(face, with_landmarks(read_bytes(face), drawn_landmarks()));
  const FaceSet faces = load_faces({scratch / "a"}, 256);
  const MaskSet masks = load_masks(faces);
  CHECK(masks.unknown == 2);
  CHECK(masks.set.count() == 3);
  CHECK(masks.set.side == 128);
  CHECK(masks.set.stride == 2);
  constexpr std::ptrdiff_t kEach = std::ptrdiff_t{128} * 128 * 3;
  const auto drawn = draw_face_mask(*read_landmarks(face), 128, 2);
  CHECK(std::equal(drawn.begin(), drawn.end(), masks.set.bytes.begin() + kEach));
  const std::vector<std::uint8_t> none(masks.set.bytes.begin(), masks.set.bytes.begin() + 3);
  CHECK(none == std::vector<std::uint8_t>{0, 255, 255});
}

TEST_CASE("masks are as small as may be, on whole pixels of the faces") {
  for (const auto& [side, stride] :
       {std::pair{100, 1}, {256, 2}, {320, 2}, {448, 2}, {512, 4}, {640, 5}, {254, 1}})
    CHECK(mask_stride(side) == stride);
}
