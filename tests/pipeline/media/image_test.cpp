// SPDX-License-Identifier: MIT
#include "pipeline/media/image.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

/// 40 wide, 24 high: red left half, green right upper, blue right lower quarter.
cv::Mat flag() {
  cv::Mat image(24, 40, CV_8UC3, cv::Scalar(0, 0, 255));
  image(cv::Rect(20, 0, 20, 12)).setTo(cv::Scalar(0, 255, 0));
  image(cv::Rect(20, 12, 20, 12)).setTo(cv::Scalar(255, 0, 0));
  return image;
}

/// The flag as a JPEG whose EXIF block says `orientation`.
std::vector<unsigned char> exif_jpeg(unsigned char orientation) {
  std::vector<unsigned char> jpeg = encode_image("x.jpg", flag());
  const std::vector<unsigned char> exif = {
      0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,  // APP1, 34 bytes
      'M',  'M',  0, 42, 0,   0,   0,   8,          // big-endian TIFF, first directory at 8
      0,    1,                                      // one entry:
      0x01, 0x12, 0, 3,  0,   0,   0,   1,   0, orientation, 0, 0,  // orientation, one short
      0,    0,    0, 0};                                            // no further directory
  jpeg.insert(jpeg.begin() + 2, exif.begin(), exif.end());
  return jpeg;
}

char color_at(const cv::Mat& image, double x, double y) {
  const auto pixel =
      image.at<cv::Vec3b>(static_cast<int>(y * image.rows), static_cast<int>(x * image.cols));
  const auto most = std::max_element(pixel.val, pixel.val + 3) - pixel.val;
  return "bgr"[most];
}

/// Colours of the four quarters: upper left, upper right, lower left, lower right.
std::string quarters(const cv::Mat& image) {
  return {color_at(image, .25, .25), color_at(image, .75, .25), color_at(image, .25, .75),
          color_at(image, .75, .75)};
}

}  // namespace

TEST_CASE("a JPEG is turned upright by each of the eight EXIF orientations") {
  const Scratch scratch;
  // Stored rgrb. What the viewer sees, by the EXIF definition of row 0 and column 0.
  const std::vector<std::string> seen = {"rgrb", "grbr", "brgr", "rbrg",
                                         "rrgb", "rrbg", "bgrr", "gbrr"};
  for (unsigned char orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(static_cast<int>(orientation));
    const auto file = scratch / "turned.jpg";
    write_bytes(file, exif_jpeg(orientation));
    const cv::Mat image = read_image(file);
    CHECK(quarters(image) == seen.at(orientation - 1U));
    CHECK(image.cols == (orientation >= 5 ? 24 : 40));
  }
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

TEST_CASE("a folder lists its images, in natural order, without hidden files") {
  const Scratch scratch;
  for (const char* name : {"10.png", "9.JPG", "1.jpeg", "b.txt", ".hidden.png", "deep/2.png"})
    write_bytes(scratch / name, {});
  std::vector<std::string> names;
  for (const auto& file : list_images(scratch.path())) names.push_back(file.filename().string());
  CHECK(names == std::vector<std::string>{"1.jpeg", "9.JPG", "10.png"});
  CHECK_THROWS_AS(list_images(scratch / "no folder"), Error);
}

TEST_CASE("an image file larger than the decoders address is refused before it is read") {
  const Scratch scratch;
  write_bytes(scratch / "x.png", {});
  std::filesystem::resize_file(scratch / "x.png", kMostImageBytes + 1);  // takes no room on disk
  CHECK(contains(message_of([&] { read_image(scratch / "x.png"); }), "2147483648 bytes; image"));
}

TEST_CASE("a format goes by the suffix, whatever its case and spelling") {
  CHECK(same_image_format("a.JPG", "b.jpeg"));
  CHECK(same_image_format("a.tif", "b.tiff"));
  CHECK(!same_image_format("a.png", "b.webp"));
  CHECK(!same_image_format("a.mp4", "b.mp4"));
  CHECK(!same_image_format("", "b.png"));
}
