// SPDX-License-Identifier: MIT
#include "pipeline/media/tiff_exif.h"

#include <doctest/doctest.h>

#include "base/exif.h"
#include "base/files.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// A block with a make, an EXIF directory (exposure 1/250) and a GPS directory (altitude 77/1).
Bytes rich_block() {
  return {'M',  'M',  0,    42,   0,   0,   0,   8,                       //
          0,    3,                                                        //
          1,    0x0F, 0,    2,    0,   0,   0,   8,   0,   0,   0,   50,  // make
          0x87, 0x69, 0,    4,    0,   0,   0,   1,   0,   0,   0,   58,  // EXIF
          0x88, 0x25, 0,    4,    0,   0,   0,   1,   0,   0,   0,   84,  // GPS
          0,    0,    0,    0,    'T', 'e', 's', 't', 'e', 'r', 's', 0,   //
          0,    1,    0x82, 0x9A, 0,   5,   0,   0,   0,   1,   0,   0,
          0,    76,   0,    0,    0,   0,              // exposure
          0,    0,    0,    1,    0,   0,   0,   250,  //
          0,    1,    0,    6,    0,   5,   0,   0,   0,   1,   0,   0,
          0,    102,  0,    0,    0,   0,  // altitude
          0,    0,    0,    77,   0,   0,   0,   1};
}

}  // namespace

TEST_CASE("what an EXIF block says goes into a TIFF file of the other byte order and back") {
  const Scratch scratch;
  const Bytes tiff = encode_still("x.tif", with_metadata(flag(), {.exif = rich_block()}));
  REQUIRE(tiff[0] == 'I');
  write_bytes(scratch / "x.tif", tiff);
  CHECK(equal(read_image(scratch / "x.tif"), flag()));
  const Bytes block = exif_of_tiff(tiff);
  CHECK(text_of(block).find("Testers") != std::string::npos);
  const Bytes exposure{1, 0, 0, 0, 250, 0, 0, 0}, altitude{77, 0, 0, 0, 1, 0, 0, 0};
  CHECK(text_of(block).find(text_of(exposure)) != std::string::npos);
  CHECK(text_of(block).find(text_of(altitude)) != std::string::npos);
  // The same through another TIFF, to the byte.
  write_bytes(scratch / "again.tif", encode_still("again.tif", read_still(scratch / "x.tif")));
  CHECK(read_still(scratch / "again.tif").metadata->exif == block);
}

TEST_CASE("a file without a description has no block, and damaged blocks leave a file as it is") {
  const Bytes tiff = encode_image("x.tif", flag());
  CHECK(exif_of_tiff(tiff).empty());
  CHECK(exif_of_tiff(Bytes{'M', 'M', 0, 43}).empty());
  CHECK(with_exif_of(tiff, Bytes{1, 2, 3}) == tiff);
  const Bytes whole = rich_block();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(with_exif_of(tiff, cut).size() >= tiff.size());
  }
}
