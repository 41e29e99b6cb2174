// SPDX-License-Identifier: MIT
#include "model/data/image_file.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;  // NOLINT(google-build-using-namespace)

namespace {

using Bytes = std::vector<unsigned char>;

/// A PNG with an eXIf chunk of this orientation before its image data. stb does not look at the
/// checksums.
Bytes with_orientation(const Bytes& png, unsigned char orientation) {
  constexpr std::size_t kHeader = 33;
  const Bytes chunk{0, 0,           0, 26, 'e', 'X', 'I',  'f', 'M', 'M', 0, 42, 0,
                    0, 0,           8, 0,  1,   1,   0x12, 0,   3,   0,   0, 0,  1,
                    0, orientation, 0, 0,  0,   0,   0,    0,   0,   0,   0, 0};
  Bytes all(png.begin(), png.begin() + kHeader);
  all.insert(all.end(), chunk.begin(), chunk.end());
  all.insert(all.end(), png.begin() + kHeader, png.end());
  return all;
}

}  // namespace

TEST_CASE("a training face is turned upright by each of the eight orientations") {
  const test::Scratch scratch;
  // 3 wide, 2 high: a b c over d e f, told apart by blue.
  Pixels stored{3, 2, {}};
  for (const char c : std::string("abcdef"))
    stored.bgr.insert(stored.bgr.end(), {static_cast<std::uint8_t>(c), 0, 0});
  write_png(scratch / "plain.png", stored);
  const Bytes png = read_bytes(scratch / "plain.png");
  // By the EXIF definition of row 0 and column 0.
  const std::array<std::string, 8> seen{"abcdef", "cbafed", "fedcba", "defabc",
                                        "adbecf", "daebfc", "fcebda", "cfbead"};
  for (unsigned char orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(static_cast<int>(orientation));
    write_bytes(scratch / "turned.png", with_orientation(png, orientation));
    const Pixels read = read_pixels(scratch / "turned.png");
    CHECK(read.width == (orientation >= 5 ? 2 : 3));
    std::string order;
    for (std::size_t i = 0; i < read.bgr.size(); i += 3) order += static_cast<char>(read.bgr[i]);
    CHECK(order == seen.at(orientation - 1U));
  }
}

TEST_CASE("a training face that cannot be read is refused by name") {
  const test::Scratch scratch;
  CHECK(
      test::contains(test::message_of([&] { read_pixels(scratch / "none.png"); }), "no such file"));
  write_text(scratch / "text.png", "hello");
  CHECK(test::contains(test::message_of([&] { read_pixels(scratch / "text.png"); }),
                       "text.png: not a PNG or JPEG"));
}
