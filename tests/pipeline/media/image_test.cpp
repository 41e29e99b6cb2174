// SPDX-License-Identifier: MIT
#include "pipeline/media/image.h"

#include <algorithm>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/color_profile.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// The bytes of the flag as a file of this name that says `orientation`.
Bytes turned_file(const std::string& name, int orientation) {
  Bytes bytes =
      encode_still(name, with_metadata(flag(), {.exif = exif_block(orientation, name != "x.png")}));
  if (format_of_name(name) != ImageFormat::Tiff) return bytes;
  const Bytes entry{0x12, 1, 3, 0, 1, 0, 0, 0, 1, 0};
  const auto at = std::find_end(bytes.begin(), bytes.end(), entry.begin(), entry.end());
  REQUIRE(at != bytes.end());
  at[8] = static_cast<unsigned char>(orientation);
  return bytes;
}

}  // namespace

TEST_CASE("an image of any format and name is turned upright by each of the eight orientations") {
  const Scratch scratch;
  for (const char* name : {"x.jpg", "x.png", "x.webp", "x.tif"}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(name);
      CAPTURE(orientation);
      write_bytes(scratch / "photo.jfif", turned_file(name, orientation));
      const StillImage image = read_still(scratch / "photo.jfif");
      CHECK(quarters(image.pixels) ==
            seen_by_orientation().at(static_cast<std::size_t>(orientation) - 1));
      CHECK(image.pixels.cols == (orientation >= 5 ? 32 : 48));
      // What is written from it says upright, too, and keeps the rest of the block.
      write_bytes(scratch / "again.png", encode_still("again.png", image));
      const StillImage again = read_still(scratch / "again.png");
      CHECK(equal(again.pixels, image.pixels));
      CHECK(contains(std::string(again.metadata->exif.begin(), again.metadata->exif.end()),
                     "Testers"));
    }
  }
}

TEST_CASE("alpha is turned with its image") {
  const Scratch scratch;
  cv::Mat alpha(32, 48, CV_8U, cv::Scalar(0));
  alpha(cv::Rect(0, 0, 48, 8)).setTo(255);
  write_bytes(
      scratch / "a.webp",
      encode_still("a.webp",
                   with_metadata(flag(), {.exif = exif_block(6), .lossless = true}, alpha)));
  const StillImage image = read_still(scratch / "a.webp");
  REQUIRE(image.alpha.size() == cv::Size(32, 48));
  CHECK(cv::countNonZero(image.alpha(cv::Rect(24, 0, 8, 48))) == 8 * 48);
  CHECK(cv::countNonZero(image.alpha) == 8 * 48);
}

TEST_CASE("an XMP packet for upright pixels says so") {
  const Scratch scratch;
  const std::string xmp = "<x tiff:Orientation=\"6\"><tiff:Orientation>8</tiff:Orientation></x>";
  for (const char* name : {"a.jpg", "a.png", "a.webp", "a.tif"}) {
    CAPTURE(name);
    write_bytes(scratch / name,
                encode_still(name, with_metadata(flag(), {.xmp = Bytes(xmp.begin(), xmp.end())})));
    const Bytes read = read_still(scratch / name).metadata->xmp;
    CHECK(std::string(read.begin(), read.end()) ==
          "<x tiff:Orientation=\"1\"><tiff:Orientation>1</tiff:Orientation></x>");
  }
}

TEST_CASE(
    "16 bits, alpha, grey, EXIF, profile and resolution survive in all formats that hold them") {
  const Scratch scratch;
  for (const char* name : {"a.png", "a.tif", "a.webp", "a.jpg", "a.bmp"}) {
    for (const int depth : {CV_8U, CV_16U}) {
      CAPTURE(name);
      CAPTURE(depth);
      const bool bmp = is_image(name) && format_of_name(name) == ImageFormat::Bmp;
      const bool exact = format_of_name(name) != ImageFormat::Jpeg;
      const bool deep =
          depth == CV_16U && (std::string(name) == "a.png" || std::string(name) == "a.tif");
      const bool clear = deep || std::string(name) == "a.webp" || std::string(name) == "a.png" ||
                         std::string(name) == "a.tif";
      const StillImage image = with_metadata(noise(20, 30, CV_MAKETYPE(depth, 3)),
                                             {.icc = display_p3(),
                                              .exif = exif_block(1),
                                              .dpi_x = 300,
                                              .dpi_y = 300,
                                              .lossless = true},
                                             noise(20, 30, CV_MAKETYPE(depth, 1), 8));
      // Of the metadata's profile, the pixels that were read are in `original`.
      write_bytes(scratch / name, encode_still(name, image));
      const StillImage read = read_still(scratch / name);
      CHECK(read.pixels.depth() == (deep ? CV_16U : CV_8U));
      CHECK(read.alpha.empty() == !clear);
      if (clear && deep == (depth == CV_16U)) {
        CHECK(equal(read.alpha, image.alpha));
        CHECK(equal(read.metadata->original, image.pixels));
      }
      CHECK(read.metadata->icc.empty() == bmp);
      CHECK((read.metadata->exif.empty() ? bmp : !bmp));
      if (exact && !bmp && format_of_name(name) != ImageFormat::Webp)
        CHECK(read.metadata->dpi_x == doctest::Approx(300).epsilon(0.001));
      CHECK(lost_in(name, image).empty() == (clear && deep == (depth == CV_16U)));
    }
  }
}

TEST_CASE(
    "an image in a wide profile is read in sRGB and written back exactly where nothing changed") {
  const Scratch scratch;
  for (const int depth : {CV_8U, CV_16U}) {
    CAPTURE(depth);
    const cv::Mat stored = noise(40, 40, CV_MAKETYPE(depth, 3));
    write_bytes(scratch / "p3.png",
                encode_still("p3.png", with_metadata(stored, {.icc = display_p3()})));
    StillImage image = read_still(scratch / "p3.png");
    CHECK(equal(image.metadata->original, stored));
    CHECK(cv::norm(image.pixels, stored, cv::NORM_INF) > (depth == CV_8U ? 20 : 20 * 257));
    CHECK(equal(image.pixels, to_srgb(stored, display_p3())));
    // A middle grey is the same color in both.
    const double grey = depth == CV_8U ? 100 : 25700;
    image.pixels(cv::Rect(10, 10, 20, 20)).setTo(cv::Scalar::all(grey));
    write_bytes(scratch / "drawn.png", encode_still("drawn.png", image));
    const StillImage drawn = read_still(scratch / "drawn.png");
    CHECK(drawn.metadata->icc == display_p3());
    cv::Mat difference;
    cv::absdiff(drawn.metadata->original, stored, difference);
    difference(cv::Rect(10, 10, 20, 20)).setTo(0);
    CHECK(cv::norm(difference, cv::NORM_INF) == 0);
    const cv::Mat inside = drawn.pixels(cv::Rect(10, 10, 20, 20));
    cv::Mat off = inside != cv::Mat(inside.size(), inside.type(), cv::Scalar::all(grey));
    CHECK(off.total() == 400);
  }
}

TEST_CASE("a grey image stays grey, with its profile") {
  const Scratch scratch;
  const cv::Mat grey = noise(16, 16, CV_8U);
  cv::Mat bgr;
  cv::merge(std::vector<cv::Mat>{grey, grey, grey}, bgr);
  for (const char* name : {"g.png", "g.tif", "g.bmp", "g.jpg", "g.webp"}) {
    CAPTURE(name);
    StillImage image = with_metadata(bgr.clone(), {.grey = true, .lossless = true});
    image.pixels.at<cv::Vec3b>(0, 0) = {0, 0, 255};  // drawn in color
    write_bytes(scratch / name, encode_still(name, image));
    const StillImage read = read_still(scratch / name);
    CHECK(read.metadata->grey == (std::string(name) != "g.webp"));
    if (std::string(name) == "g.jpg") continue;
    CHECK(equal(read.pixels(cv::Rect(1, 1, 15, 15)), bgr(cv::Rect(1, 1, 15, 15))));
    CHECK(read.pixels.at<cv::Vec3b>(0, 0) == cv::Vec3b(76, 76, 76));  // red's luma
  }
}

TEST_CASE("formats without alpha show it over white") {
  const Scratch scratch;
  cv::Mat alpha(32, 48, CV_8U, cv::Scalar(255));
  alpha.colRange(0, 24).setTo(0);
  write_bytes(scratch / "a.bmp",
              encode_still("a.bmp", {.pixels = flag(), .alpha = alpha, .metadata = nullptr}));
  const cv::Mat read = read_image(scratch / "a.bmp");
  CHECK(read.at<cv::Vec3b>(5, 5) == cv::Vec3b(255, 255, 255));
  CHECK(read.at<cv::Vec3b>(5, 40) == cv::Vec3b(0, 255, 0));
}

TEST_CASE("grey, 16-bit and transparent images become 8-bit BGR") {
  const Scratch scratch;
  cv::imwrite((scratch / "grey.png").string(), cv::Mat(8, 9, CV_8UC1, cv::Scalar(77)));
  cv::imwrite((scratch / "deep.png").string(),
              cv::Mat(8, 9, CV_16UC3, cv::Scalar(0x1234, 0x8000, 0xFFFF)));
  cv::imwrite((scratch / "clear.png").string(), cv::Mat(8, 9, CV_8UC4, cv::Scalar(10, 20, 30, 0)));
  cv::imwrite((scratch / "deepgrey.tif").string(), cv::Mat(8, 9, CV_16UC1, cv::Scalar(0x4000)));
  const auto first = [&](const char* name) {
    const cv::Mat image = read_image(scratch / name);
    CHECK(image.type() == CV_8UC3);
    CHECK(image.size() == cv::Size(9, 8));
    return image.at<cv::Vec3b>(0, 0);
  };
  CHECK(first("grey.png") == cv::Vec3b(77, 77, 77));
  CHECK(first("deep.png") == cv::Vec3b(0x12, 0x80, 0xFF));
  CHECK(first("clear.png") == cv::Vec3b(10, 20, 30));
  CHECK(first("deepgrey.tif") == cv::Vec3b(0x40, 0x40, 0x40));
}

TEST_CASE("what is written losslessly is read back equal, and no temporary file stays") {
  const Scratch scratch;
  for (const char* name : {"a.png", "a.BMP", "a.tif", "new folder/\xC3\xA9\xE4\xBD\xA0.png"}) {
    write_image(scratch / name, flag());
    CHECK(cv::norm(read_image(scratch / name), flag(), cv::NORM_INF) == 0);
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.path()))
    files += entry.is_regular_file() ? 1U : 0U;
  CHECK(files == 4);
}

TEST_CASE("a bad image is refused by its name") {
  const Scratch scratch;
  const auto reads = [&](const std::string& name, std::vector<unsigned char> bytes) {
    write_bytes(scratch / name, bytes);
    return message_of([&] { read_image(scratch / name); });
  };
  CHECK(contains(message_of([&] { read_image(scratch / "none.png"); }), "no such file"));
  CHECK(contains(reads("empty.jpg", {}), "empty.jpg: empty file"));
  CHECK(contains(reads("text.png", {'h', 'e', 'l', 'l', 'o'}), "text.png: not an image"));
  auto jpeg = encode_image("x.jpg", flag());
  jpeg.resize(jpeg.size() - 40);
  CHECK(contains(reads("cut.jpg", jpeg), "cut.jpg: this image is cut off"));
  auto png = encode_image("x.png", flag());
  png.resize(png.size() / 2);
  CHECK(contains(reads("cut.png", png), "cut.png: this image is cut off"));
}

TEST_CASE("only names of images are written") {
  const Scratch scratch;
  CHECK_THROWS_AS(write_image(scratch / "a.txt", flag()), Error);
  CHECK_THROWS_AS(write_image(scratch / "a.png", cv::Mat()), Error);
  write_bytes(scratch / "file", {});
  CHECK(contains(message_of([&] { write_image(scratch / "file/a.png", flag()); }), "file"));
}

TEST_CASE("an image file larger than the decoders address is refused before it is read") {
  const Scratch scratch;
  write_bytes(scratch / "x.png", {});
  std::filesystem::resize_file(scratch / "x.png", kMostImageBytes + 1);  // takes no room on disk
  CHECK(contains(message_of([&] { read_image(scratch / "x.png"); }), "2147483648 bytes; image"));
}

TEST_CASE("an image of too many pixels is refused by its header") {
  const Scratch scratch;
  Bytes png = encode_image("x.png", flag());
  png[18] = png[22] = 0x4E;  // 20,000 x 20,000, and the header's checksum
  png[19] = png[23] = 0x20;
  const Bytes sum{0x6C, 0x12, 0xD1, 0x6E};
  std::copy(sum.begin(), sum.end(), png.begin() + 29);
  write_bytes(scratch / "huge.png", png);
  const std::string said = message_of([&] { read_image(scratch / "huge.png"); });
  CHECK(contains(said, "huge.png: 20000x20000 pixels, 400 megapixels; images of at most 268"));
  Bytes bmp = encode_image("x.bmp", flag());
  bmp[20] = bmp[24] = 1;
  write_bytes(scratch / "huge.bmp", bmp);
  CHECK(contains(message_of([&] { read_image(scratch / "huge.bmp"); }), "megapixels"));
}

TEST_CASE("an image of one pixel is read and written in every format") {
  const Scratch scratch;
  for (const char* name : {"a.png", "a.jpg", "a.bmp", "a.tif", "a.webp"}) {
    write_image(scratch / name, cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(128)));
    CHECK(read_image(scratch / name).size() == cv::Size(1, 1));
  }
}

TEST_CASE("what is no file is refused by name, without waiting for a pipe") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch / "pipe.png").c_str(), 0600) == 0);
  CHECK(contains(message_of([&] { read_image(scratch / "pipe.png"); }), "pipe.png: is a pipe"));
  std::filesystem::create_directory(scratch / "folder.jpg");
  CHECK(contains(message_of([&] { read_image(scratch / "folder.jpg"); }), "is a folder"));
}

TEST_CASE("a file of any format that lost rows is refused with their number") {
  const Scratch scratch;
  for (const char* name : {"a.png", "a.jpg", "a.bmp", "a.tif", "a.webp"}) {
    CAPTURE(name);
    Bytes bytes = encode_still(name, with_metadata(noise(200, 200, CV_8UC3), {.lossless = false}));
    const std::size_t whole = bytes.size();
    bytes.resize(whole / 2);
    write_bytes(scratch / name, bytes);
    const std::string said = message_of([&] { read_image(scratch / name); });
    const bool tiff = std::string(name) == "a.tif";  // its directory is at the end
    CHECK(contains(said,
                   std::string(name) + (tiff ? ": cannot be decoded" : ": this image is cut off")));
    if (!tiff) CHECK(contains(said, " of 200 rows"));
  }
}
