// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_still.h"

#include <array>
#include <string>
#include <tiffio.h>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "pipeline/media/xmp_packet.h"
#include "tests/support/programs.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr XmpName kTitle{"http://purl.org/dc/elements/1.1/", "dc", "title"};
constexpr XmpName kLong{"urn:test/", "test", "Long"};

std::string packet(const std::string& title, std::size_t bytes = 0, const std::string& old = "") {
  std::vector<XmpProperty> all{{.name = kTitle, .value = title, .alternatives = true}};
  if (bytes > 0) all = {{.name = kLong, .value = std::string(bytes, 'x')}};
  return with_xmp_properties(old, all, kLong);
}

/// The flag in each format that takes XMP, by name; bare.webp has no VP8X.
std::vector<std::pair<std::string, Bytes>> files() {
  std::vector<std::pair<std::string, Bytes>> all;
  const Bytes old(3000, ' ');
  for (const std::string name : {"a.png", "a.jpg", "a.tif", "a.webp"}) {
    all.emplace_back(
        name, encode_still(name, with_metadata(flag(), {.exif = exif_block(1), .xmp = old})));
  }
  all.emplace_back("bare.png", encode_image("a.png", flag()));
  all.emplace_back("bare.jpg", encode_image("a.jpg", flag()));
  all.emplace_back("bare.tif", encode_image("a.tif", flag()));
  all.emplace_back("bare.webp", encode_image("a.webp", flag()));
  all.emplace_back("lossless.webp",
                   encode_still("a.webp", with_metadata(flag(), {.lossless = true})));
  return all;
}

/// A TIFF file of four pixels by libtiff, whose modes say byte order and size of offsets.
void write_grey(const std::filesystem::path& file, const char* mode) {
  std::array<unsigned char, 4> row{77, 77, 77, 77};
  TIFF* tiff = TIFFOpen(file.c_str(), mode);
  REQUIRE(tiff != nullptr);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 4);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  CHECK(TIFFWriteScanline(tiff, row.data(), 0, 0) == 1);
  TIFFClose(tiff);
}

}  // namespace

TEST_CASE("a packet put into an image file is read back, and pixels and EXIF stay") {
  const Scratch scratch;
  for (const auto& [name, bytes] : files()) {
    CAPTURE(name);
    const Bytes once = with_xmp(bytes, packet("first"));
    const Bytes marked = with_xmp(once, packet("second title"));
    CHECK(xmp_value(marks_in(marked).xmp, kTitle) == "second title");
    CHECK_FALSE(marks_in(marked).c2pa);
    write_bytes(scratch / name, bytes);
    write_bytes(scratch / ("marked-" + name), marked);
    const StillImage before = read_still(scratch / name);
    const StillImage after = read_still(scratch / ("marked-" + name));
    CHECK(equal(before.pixels, after.pixels));
    CHECK(before.metadata->exif == after.metadata->exif);
    const auto& xmp = after.metadata->xmp;
    CHECK(std::string(xmp.begin(), xmp.end()) == packet("second title"));
  }
}

TEST_CASE("exiftool reads the packet of every image format and finds no fault in the files") {
  const Scratch scratch;
  for (const auto& [name, bytes] : files()) {
    CAPTURE(name);
    write_bytes(scratch / name, with_xmp(bytes, packet("Title of this")));
    const Outcome read =
        run_shell("exiftool -validate -warning -error -s3 -XMP-dc:Title " + name, scratch.path());
    CHECK(read.code == 0);
    CHECK(contains(read.out, "Title of this"));
    // exiftool -validate minds the tags that EXIF wants and the drawn block has not.
    CHECK_FALSE(contains(read.out, "Error"));
  }
}

TEST_CASE("a packet that is too long for a JPEG's segment is extended and read whole") {
  const Scratch scratch;
  const std::string all = packet("Short", 0, packet("", 200000));
  const Bytes marked = with_xmp(encode_image("a.jpg", flag()), all);
  CHECK(xmp_value(marks_in(marked).xmp, kTitle) == "Short");
  CHECK(xmp_value(marks_in(marked).xmp, kLong)->size() == 200000);
  write_bytes(scratch / "a.jpg", marked);
  const Outcome read = run_shell(
      "exiftool -s3 -XMP:Title a.jpg; exiftool -b -XMP:Long a.jpg | wc -c", scratch.path());
  CHECK(read.out == "Short\n200000\n");
  // It goes through reading and writing an image, too.
  const Bytes again = encode_still("b.jpg", read_still(scratch / "a.jpg"));
  CHECK(xmp_value(marks_in(again).xmp, kLong)->size() == 200000);
  // And a short one takes its place altogether.
  CHECK(with_xmp(marked, packet("Short")) ==
        with_xmp(encode_image("a.jpg", flag()), packet("Short")));
}

TEST_CASE("BigTIFF and files of either byte order take a packet") {
  const Scratch scratch;
  for (const char* mode : {"wl4", "wb4", "wl8", "wb8"}) {
    CAPTURE(mode);
    write_grey(scratch / "b.tif", mode);
    write_bytes(scratch / "c.tif", with_xmp(read_bytes(scratch / "b.tif"), packet("Title")));
    CHECK(equal(read_image(scratch / "c.tif"), cv::Mat(1, 4, CV_8UC3, cv::Scalar::all(77))));
    CHECK(xmp_value(marks_in(read_bytes(scratch / "c.tif")).xmp, kTitle) == "Title");
    CHECK(contains(run_shell("exiftool -s3 -XMP:Title c.tif", scratch.path()).out, "Title"));
  }
}

TEST_CASE("other files have no place for XMP, and say so") {
  CHECK(contains(message_of([] { with_xmp(encode_image("a.bmp", flag()), packet("x")); }),
                 "no PNG, JPEG, TIFF or WebP"));
  CHECK(marks_in(encode_image("a.bmp", flag())).xmp.empty());
}

TEST_CASE("cut and damaged image files give an error or a file, never a crash") {
  const auto tried = [](const Bytes& bytes) {
    try {
      marks_in(bytes);
      with_xmp(bytes, packet("x"));
    } catch (const Error&) {
      return false;
    }
    return true;
  };
  Random random(11);
  for (const auto& [name, bytes] : files()) {
    CAPTURE(name);
    const Bytes marked = with_xmp(bytes, packet("x"));
    int refused = 0;
    for (std::size_t length = 0; length < marked.size(); ++length)
      refused += tried(Bytes(marked.begin(), marked.begin() + static_cast<std::ptrdiff_t>(length)))
                     ? 0
                     : 1;
    CHECK(refused > 0);
    for (int i = 0; i < 2000; ++i) {
      Bytes damaged = marked;
      // Most of the structure is at the beginning.
      for (int k = 0; k < 2; ++k) {
        const auto most = static_cast<std::uint32_t>(k == 0 ? 64 : damaged.size());
        damaged[random.below(most)] = static_cast<unsigned char>(random.below(256));
      }
      tried(damaged);
    }
  }
}
