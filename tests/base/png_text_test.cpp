// SPDX-License-Identifier: MIT
#include "base/png_text.h"

#include <string>

#include <doctest/doctest.h>

#include "base/error.h"

using namespace cameo;

namespace {

/// One black pixel, as zlib's and libpng's authors would write it.
const std::vector<unsigned char> kPixel{
    0x89, 'P',  'N',  'G',  0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 'I',  'H',
    'D',  'R',  0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x3A, 0x7E, 0x9B, 'U',  0x00, 0x00, 0x00, 0x0A, 'I',  'D',  'A',  'T',  'x',
    0x9C, 'c',  0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01, 'H',  0xAF, 0xA4, 'q',  0x00,
    0x00, 0x00, 0x00, 'I',  'E',  'N',  'D',  0xAE, 'B',  0x60, 0x82};

}  // namespace

TEST_CASE("a PNG's text comes back by its keyword, and the image stays as it was") {
  const auto file = with_png_text(kPixel, "cameo", "two words");
  CHECK(png_text(file, "cameo") == "two words");
  CHECK(!png_text(file, "came"));
  CHECK(!png_text(file, "cameos"));
  CHECK(!png_text(kPixel, "cameo"));
  // Length, type, keyword, zero byte, text; the checksum is zlib's crc32 of "tEXtcameo\0two words".
  const std::string chunk(
      "\0\0\0\x0ftEXtcameo\0two words"
      "\x0c\xcd\x60\x4d",
      27);
  CHECK(std::string(file.begin() + 33, file.begin() + 60) == chunk);
  std::vector<unsigned char> without(file.begin(), file.begin() + 33);
  without.insert(without.end(), file.begin() + 60, file.end());
  CHECK(without == kPixel);
  // Of two the one that was added last.
  CHECK(png_text(with_png_text(file, "cameo", "again"), "cameo") == "again");
  CHECK(png_text(with_png_text(file, "other", "again"), "cameo") == "two words");
}

TEST_CASE("what is no whole PNG holds no text, and none is put into it") {
  const auto file = with_png_text(kPixel, "cameo", "two words");
  for (std::size_t size = 0; size < 60; ++size)
    CHECK(!png_text(std::span(file).first(size), "cameo"));
  auto long_chunk = file;
  long_chunk[33] = 0xFF;  // a length beyond the file
  CHECK(!png_text(long_chunk, "cameo"));
  CHECK_THROWS_AS(with_png_text(std::vector<unsigned char>(100, 'x'), "cameo", ""), Error);
  CHECK_THROWS_AS(with_png_text(kPixel, "", ""), Error);
}
