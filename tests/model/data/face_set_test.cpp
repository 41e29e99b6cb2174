// SPDX-License-Identifier: MIT
#include "model/data/face_set.h"

#include <algorithm>
#include <fstream>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/data/image_file.h"
#include "tests/model/drawn_faces.h"
#include "tests/support/scratch.h"

using namespace cameo;
using cameo::test::contains;
using cameo::test::draw_faces;
using cameo::test::drawn_face;
using cameo::test::message_of;
using cameo::test::Scratch;

TEST_CASE("a folder becomes one block in natural order, BGR") {
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 11);
  std::ofstream(scratch / "a" / "notes.txt") << "no image";
  std::ofstream(scratch / "a" / ".hidden.png") << "no image";
  std::filesystem::create_directories(scratch / "a" / "inner.png");
  const FaceSet set = load_faces({scratch / "a"}, 256);
  REQUIRE(set.count() == 11);
  CHECK(set.skipped.empty());
  CHECK(set.files[9].filename() == "face9.png");
  CHECK(set.files[10].filename() == "face10.png");
  for (const int i : {0, 10}) {
    const Pixels face = drawn_face(0, i);
    CHECK(std::equal(face.bgr.begin(), face.bgr.end(),
                     set.bytes.begin() + static_cast<std::ptrdiff_t>(face.bgr.size()) * i));
  }
}

TEST_CASE("several folders follow one another") {
  const Scratch scratch;
  draw_faces(scratch / "z", 0, 2);
  draw_faces(scratch / "a", 1, 1);
  const FaceSet set = load_faces({scratch / "z", scratch / "a"}, 64);
  REQUIRE(set.count() == 3);
  CHECK(set.files[2] == scratch / "a" / "face0.png");
  CHECK(set.bytes.size() == std::size_t{3} * 64 * 64 * 3);
}

TEST_CASE("an image that cannot be read is reported and the others close ranks") {
  const Scratch scratch;
  draw_faces(scratch / "a", 1, 3);
  std::ofstream(scratch / "a" / "face1.png") << "\x89PNG\r\n\x1a\n and then nothing of use";
  std::ofstream(scratch / "a" / "face3.jpg").flush();
  std::filesystem::create_symlink("face4.png", scratch / "a" / "face4.png");
  const FaceSet set = load_faces({scratch / "a"}, 256);
  REQUIRE(set.count() == 2);
  REQUIRE(set.skipped.size() == 3);
  CHECK(set.skipped[0].file.filename() == "face1.png");
  CHECK(contains(set.skipped[0].why, "face1.png"));
  CHECK(contains(set.skipped[2].why, "face4.png"));
  const Pixels last = drawn_face(1, 2);
  CHECK(std::equal(last.bgr.begin(), last.bgr.end(),
                   set.bytes.begin() + static_cast<std::ptrdiff_t>(last.bgr.size())));
  CHECK(set.bytes.size() == 2 * last.bgr.size());
}

TEST_CASE("too few faces and missing folders are refused with the numbers") {
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 1);
  std::ofstream(scratch / "a" / "bad.png") << "x";
  const std::string few = message_of([&] { load_faces({scratch / "a"}, 64, 2); });
  CHECK(contains(few, "1 readable faces"));
  CHECK(contains(few, "1 unreadable; at least 2 must be there"));
  CHECK(contains(message_of([&] { load_faces({scratch / "none"}, 64); }), "cannot be listed"));
  CHECK_THROWS_AS(load_faces({}, 64), Error);
}

TEST_CASE("faces of another size are resized, bilinear, rounded") {
  const Pixels two{2, 1, {0, 10, 20, 100, 11, 20}};
  const Pixels four = resized(two, 4, 2);
  // Centres at -0.25, 0.25, 0.75, 1.25 of the original; beyond the edge its pixels repeat.
  const std::vector<std::uint8_t> row{0, 10, 20, 25, 10, 20, 75, 11, 20, 100, 11, 20};
  CHECK(std::equal(row.begin(), row.end(), four.bgr.begin()));
  CHECK(std::equal(row.begin(), row.end(), four.bgr.begin() + 12));
  CHECK(resized(four, 2, 1).bgr == std::vector<std::uint8_t>{13, 10, 20, 88, 11, 20});
  CHECK(resized(two, 2, 1).bgr == two.bgr);
  const Scratch scratch;
  write_png(scratch / "big.png", drawn_face(0, 0, 300));
  CHECK(load_faces({scratch.path()}, 256).bytes == resized(drawn_face(0, 0, 300), 256, 256).bgr);
}

TEST_CASE("a PNG comes back as it was written") {
  const Scratch scratch;
  const Pixels face = drawn_face(1, 3, 40);
  write_png(scratch / "f.png", face);
  const Pixels back = read_pixels(scratch / "f.png");
  CHECK(back.width == 40);
  CHECK(back.height == 40);
  CHECK(back.bgr == face.bgr);
  CHECK_THROWS_AS(write_png(scratch / "none" / "f.png", face), Error);
  CHECK_THROWS_AS(write_png(scratch / "f.png", {3, 3, {1}}), Error);
  CHECK_THROWS_AS(read_pixels(scratch / "missing.png"), Error);
}

TEST_CASE("presets up to 128 train from faces of 256, larger ones from twice their size") {
  CHECK(face_side({.size = 64}) == 256);
  CHECK(face_side({.size = 128}) == 256);
  CHECK(face_side({.size = 256}) == 512);
}

TEST_CASE("images of formats that training does not read are reported, .jfif is taken") {
  const Scratch scratch;
  draw_faces(scratch / "a", 0, 2);
  std::filesystem::rename(scratch / "a/face1.png", scratch / "a/face1.jfif");  // goes by its bytes
  std::ofstream(scratch / "a" / "b.webp") << "an image";
  std::ofstream(scratch / "a" / "notes.txt") << "no image";
  const FaceSet set = load_faces({scratch / "a"}, 64);
  CHECK(set.count() == 2);
  REQUIRE(set.skipped.size() == 1);
  CHECK(contains(set.skipped[0].why, "b.webp: training reads PNG and JPEG only"));
}
