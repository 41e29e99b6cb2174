// SPDX-License-Identifier: MIT
#include "base/exif.h"

#include <string>

#include <doctest/doctest.h>

using namespace cameo;  // NOLINT(google-build-using-namespace)

namespace {

using Bytes = std::vector<unsigned char>;

/// Orientation 6, an EXIF directory at 38 with 4000 x 3000 pixels, and a thumbnail of 4 bytes that
/// the second directory names.
Bytes camera_block() {
  return {'M',  'M',  0, 42, 0,   0,   0,   8,                     // header
          0,    2,                                                 // first directory at 8
          0x01, 0x12, 0, 3,  0,   0,   0,   1,  0, 6, 0,    0,     // orientation
          0x87, 0x69, 0, 4,  0,   0,   0,   1,  0, 0, 0,    38,    // EXIF directory
          0,    0,    0, 68,                                       // second directory
          0,    2,                                                 // EXIF directory at 38
          0xA0, 0x02, 0, 4,  0,   0,   0,   1,  0, 0, 0x0F, 0xA0,  // width 4000
          0xA0, 0x03, 0, 4,  0,   0,   0,   1,  0, 0, 0x0B, 0xB8,  // height 3000
          0,    0,    0, 0,                                        //
          0,    2,                                                 // second directory at 68
          0x02, 0x01, 0, 4,  0,   0,   0,   1,  0, 0, 0,    98,    // thumbnail at 98
          0x02, 0x02, 0, 4,  0,   0,   0,   1,  0, 0, 0,    4,     // of 4 bytes
          0,    0,    0, 0,  'F', 'A', 'C', 'E'};
}

}  // namespace

TEST_CASE("the orientation is read in both byte orders") {
  CHECK(exif_orientation(camera_block()) == 6);
  const Bytes little{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                     0,   1,   0,  0, 0, 8, 0, 0, 0, 0, 0,    0, 0};
  CHECK(exif_orientation(little) == 8);
}

TEST_CASE("a damaged block says upright and is not kept") {
  const Bytes whole = camera_block();
  for (std::size_t size = 0; size < 20; ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(exif_orientation(cut) == 1);
  }
  Bytes wild = whole;
  wild[19] = 9;  // no orientation
  CHECK(exif_orientation(wild) == 1);
  CHECK(upright_exif(Bytes{'x', 'y'}).empty());
  CHECK(upright_exif(Bytes{}).empty());
}

TEST_CASE("a block for upright pixels has exchanged dimensions and no thumbnail") {
  const Bytes upright = upright_exif(camera_block());
  CHECK(exif_orientation(upright) == 1);
  CHECK(upright[49 + 0] == 0x00);
  CHECK((upright[50] == 0x0B && upright[51] == 0xB8));  // the width is 3000
  CHECK((upright[62] == 0x0F && upright[63] == 0xA0));
  CHECK((upright[34] == 0 && upright[37] == 0));  // no second directory
  const std::string text(upright.begin(), upright.end());
  CHECK(text.find("FACE") == std::string::npos);
}

TEST_CASE("the block of a JPEG or PNG file is found among other segments") {
  Bytes jpeg{0xFF, 0xD8, 0xFF, 0xE0, 0,   4, 1, 2,   0xFF, 0xE1, 0,
             10,   'E',  'x',  'i',  'f', 0, 0, 'I', 'I',  0xFF, 0xDA};
  const auto block = exif_of(jpeg);
  CHECK(Bytes(block.begin(), block.end()) == Bytes{'I', 'I'});
  const Bytes png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 1,
                  'I',  'H', 'D', 'R', 1,    0,    0,    0,    0, 0, 0, 0,
                  2,    'e', 'X', 'I', 'f',  'M',  'M',  0,    0, 0, 0};
  const auto chunk = exif_of(png);
  CHECK(Bytes(chunk.begin(), chunk.end()) == Bytes{'M', 'M'});
  jpeg[11] = 200;  // longer than the file
  CHECK(exif_of(jpeg).empty());
  CHECK(exif_of(Bytes{'B', 'M'}).empty());
}
