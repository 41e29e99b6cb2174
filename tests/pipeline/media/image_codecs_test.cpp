// SPDX-License-Identifier: MIT
// Files that other programs write and encode_still does not, made by the codecs' own libraries.
#include "pipeline/media/image_codecs.h"

#include <cstdio>
#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/files.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;

namespace {

struct JpegOptions {
  J_COLOR_SPACE color = JCS_CMYK;
  bool adobe = false;
  bool progressive = false;
};

/// A JPEG of 100 x 60 equal pixels.
Bytes jpeg_of(const std::vector<unsigned char>& pixel, const JpegOptions& options) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = 100;
  info.image_height = 60;
  info.input_components = static_cast<int>(pixel.size());
  info.in_color_space = options.color;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  info.write_Adobe_marker = options.adobe ? TRUE : FALSE;
  if (options.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  Bytes row;
  for (int x = 0; x < 100; ++x) row.insert(row.end(), pixel.begin(), pixel.end());
  for (int y = 0; y < 60; ++y) {
    JSAMPROW at = row.data();
    jpeg_write_scanlines(&info, &at, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes result(bytes, bytes + size);
  std::free(bytes);  // NOLINT: of malloc, by libjpeg
  return result;
}

struct TiffOptions {
  int bits = 8, samples = 3, color = PHOTOMETRIC_RGB, planes = PLANARCONFIG_CONTIG;
  int tile = 0;    ///< side of its tiles; 0: strips
  int extra = -1;  ///< what the last sample is
  int format = SAMPLEFORMAT_UINT;
  bool palette = false;
};

/// A TIFF file of the samples, 8 or 16 bits, interleaved in the file's order.
void write_tiff(const std::filesystem::path& file, const cv::Mat& image, const TiffOptions& o) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  REQUIRE(tiff != nullptr);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.cols);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, o.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, o.samples);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, o.color);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, o.planes);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, o.format);
  const auto extra = static_cast<std::uint16_t>(o.extra);
  if (o.extra >= 0) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  std::vector<std::uint16_t> red(256), green(256), blue(256);
  for (std::size_t i = 0; i < 256; ++i) {
    red[i] = static_cast<std::uint16_t>(i * 257);
    green[i] = static_cast<std::uint16_t>(65535 - red[i]);
  }
  if (o.palette) TIFFSetField(tiff, TIFFTAG_COLORMAP, red.data(), green.data(), blue.data());
  if (o.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, o.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, o.tile);
    cv::Mat padded;
    cv::copyMakeBorder(image, padded, 0, o.tile, 0, o.tile, cv::BORDER_REPLICATE);
    for (int y = 0; y < image.rows; y += o.tile)
      for (int x = 0; x < image.cols; x += o.tile) {
        cv::Mat tile = padded(cv::Rect(x, y, o.tile, o.tile)).clone();
        TIFFWriteTile(tiff, tile.data, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                      0, 0);
      }
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 3);
    std::vector<cv::Mat> planes{image};
    if (o.planes == PLANARCONFIG_SEPARATE) cv::split(image, planes);
    for (std::size_t p = 0; p < planes.size(); ++p)
      for (int y = 0; y < image.rows; ++y)
        TIFFWriteScanline(tiff, planes[p].ptr(y), static_cast<std::uint32_t>(y),
                          static_cast<std::uint16_t>(p));
  }
  TIFFClose(tiff);
}

/// A TIFF of grey pages of 4 x 4, each of one level and NewSubfileType.
void write_pages(const std::filesystem::path& file,
                 const std::vector<std::pair<int, std::uint32_t>>& pages) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  for (const auto& [level, kind] : pages) {
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, kind);
    for (const std::uint32_t side : {TIFFTAG_IMAGEWIDTH, TIFFTAG_IMAGELENGTH})
      TIFFSetField(tiff, side, 4);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    Bytes row(4, static_cast<unsigned char>(level));
    for (std::uint32_t y = 0; y < 4; ++y) TIFFWriteScanline(tiff, row.data(), y, 0);
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

cv::Mat tiff_pixels(const Scratch& scratch, const cv::Mat& image, const TiffOptions& options) {
  write_tiff(scratch / "t.tif", image, options);
  return read_still(scratch / "t.tif").pixels;
}

void append(png_structp png, png_bytep bytes, std::size_t count) {
  auto* to = static_cast<Bytes*>(png_get_io_ptr(png));
  to->insert(to->end(), bytes, bytes + count);
}

/// A PNG of a palette with alpha, 2 bits a pixel, interlaced: columns 0 1 2 3 0 1 2 3.
Bytes palette_png() {
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, append, nullptr);
  png_set_IHDR(png, info, 8, 8, 2, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_ADAM7,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  const std::vector<png_color> colors{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {9, 8, 7}};
  png_set_PLTE(png, info, colors.data(), 4);
  const Bytes alpha{255, 128, 0};
  png_set_tRNS(png, info, alpha.data(), 3, nullptr);
  png_write_info(png, info);
  Bytes row{0x1B, 0x1B};
  for (int pass = png_set_interlace_handling(png); pass > 0; --pass)
    for (int y = 0; y < 8; ++y) png_write_row(png, row.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

}  // namespace

TEST_CASE("a CMYK JPEG has the colors of its inks, Adobe's inverted ones too") {
  const Scratch scratch;
  write_bytes(scratch / "plain.jpg", jpeg_of({255, 0, 0, 0}, {}));
  write_bytes(scratch / "adobe.jpg", jpeg_of({0, 255, 255, 255}, {.adobe = true}));
  for (const char* name : {"plain.jpg", "adobe.jpg"}) {
    CAPTURE(name);
    const StillImage image = read_still(scratch / name);
    CHECK(image.pixels.at<cv::Vec3b>(20, 20) == cv::Vec3b(255, 255, 0));  // cyan
    CHECK(!image.metadata->grey);
  }
}

TEST_CASE("a JPEG that lacks its end mark alone is read whole") {
  const Scratch scratch;
  for (const bool progressive : {false, true}) {
    CAPTURE(progressive);
    Bytes bytes = jpeg_of({10, 200, 90}, {.color = JCS_RGB, .progressive = progressive});
    write_bytes(scratch / "whole.jpg", bytes);
    const cv::Mat whole = read_image(scratch / "whole.jpg");
    bytes.resize(bytes.size() - 2);
    write_bytes(scratch / "open.jpg", bytes);
    CHECK(equal(read_image(scratch / "open.jpg"), whole));
    const std::string trailer = "SEFT" + std::string(200, '\0');
    bytes.insert(bytes.end(), trailer.begin(), trailer.end());
    write_bytes(scratch / "phone.jpg", bytes);
    CHECK(equal(read_image(scratch / "phone.jpg"), whole));
    bytes.resize(bytes.size() - trailer.size() - 60);
    write_bytes(scratch / "cut.jpg", bytes);
    CHECK(contains(message_of([&] { read_image(scratch / "cut.jpg"); }),
                   "cut.jpg: this image is cut off"));
  }
}

TEST_CASE("a palette PNG with alpha, interlaced, has its colors") {
  const Scratch scratch;
  write_bytes(scratch / "p.png", palette_png());
  const StillImage image = read_still(scratch / "p.png");
  const std::vector<cv::Vec3b> colors{{0, 0, 255}, {0, 255, 0}, {255, 0, 0}, {7, 8, 9}};
  const Bytes alpha{255, 128, 0, 255};
  for (int x = 0; x < 8; ++x) {
    CHECK(image.pixels.at<cv::Vec3b>(3, x) == colors[static_cast<std::size_t>(x % 4)]);
    CHECK(image.alpha.at<unsigned char>(3, x) == alpha[static_cast<std::size_t>(x % 4)]);
  }
  Bytes bytes = palette_png();
  bytes.resize(bytes.size() - 12);  // the last chunk, after all rows
  write_bytes(scratch / "noend.png", bytes);
  CHECK(equal(read_still(scratch / "noend.png").pixels, image.pixels));
}

TEST_CASE("grey PNGs with alpha are read as grey and written as such") {
  const Scratch scratch;
  for (const int depth : {CV_8U, CV_16U}) {
    const codec::RawImage grey{.pixels = noise(9, 11, CV_MAKETYPE(depth, 1)),
                               .alpha = noise(9, 11, CV_MAKETYPE(depth, 1), 3)};
    write_bytes(scratch / "g.png", codec::encode_png(grey));
    const StillImage image = read_still(scratch / "g.png");
    CHECK(image.metadata->grey);
    CHECK(equal(image.alpha, grey.alpha));
    const codec::RawImage again = codec::decode_png(encode_still("g.png", image));
    CHECK(equal(again.pixels, grey.pixels));
    CHECK(equal(again.alpha, grey.alpha));
  }
}

TEST_CASE("PNGs of all kinds keep their pixels, too large ones to be compressed at once as well") {
  for (const int type : {CV_8UC1, CV_8UC3, CV_16UC1, CV_16UC3}) {
    const cv::Mat pixels = noise(13, 7, type);
    CHECK(equal(codec::decode_png(codec::encode_png({.pixels = pixels})).pixels, pixels));
    const cv::Mat alpha = noise(13, 7, CV_MAKETYPE(pixels.depth(), 1), 3);
    const auto both = codec::decode_png(codec::encode_png({.pixels = pixels, .alpha = alpha}));
    CHECK(equal(both.pixels, pixels));
    CHECK(equal(both.alpha, alpha));
  }
  cv::Mat large(4800, 4800, CV_8UC3, cv::Scalar(1, 2, 3));
  large.at<cv::Vec3b>(4799, 4799) = {7, 8, 9};
  CHECK(equal(codec::decode_png(codec::encode_png({.pixels = large})).pixels, large));
}

TEST_CASE("a PNG that gives gamma or primaries instead of a profile is read by them") {
  const Scratch scratch;
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, append, nullptr);
  png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_gAMA(png, info, 1.0);  // linear light
  png_write_info(png, info);
  Bytes row{55, 55, 55};
  png_write_row(png, row.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  write_bytes(scratch / "linear.png", bytes);
  // 55/255 in linear light is 128 in sRGB; the profile's 8-bit table is a level coarse there.
  CHECK(std::abs(read_image(scratch / "linear.png").at<cv::Vec3b>(0, 0)[1] - 128) <= 1);
}

TEST_CASE("TIFF files in planes, tiles, 16 bits, CMYK and palettes are read rightly") {
  const Scratch scratch;
  for (const int bits : {8, 16}) {
    CAPTURE(bits);
    const int depth = bits == 16 ? CV_16U : CV_8U;
    const cv::Mat rgb = noise(20, 37, CV_MAKETYPE(depth, 3));
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    CHECK(equal(tiff_pixels(scratch, rgb, {.bits = bits}), bgr));
    CHECK(equal(tiff_pixels(scratch, rgb, {.bits = bits, .planes = PLANARCONFIG_SEPARATE}), bgr));
    CHECK(equal(tiff_pixels(scratch, rgb, {.bits = bits, .tile = 16}), bgr));
    const double most = bits == 16 ? 65535 : 255;
    const cv::Mat cyan(4, 4, CV_MAKETYPE(depth, 4), cv::Scalar(most, 0, 0, 0));
    cv::Mat read =
        tiff_pixels(scratch, cyan, {.bits = bits, .samples = 4, .color = PHOTOMETRIC_SEPARATED});
    CHECK(equal(read, cv::Mat(4, 4, CV_MAKETYPE(depth, 3), cv::Scalar(most, most, 0))));
    const cv::Mat white(4, 4, CV_MAKETYPE(depth, 1), cv::Scalar(0));
    read =
        tiff_pixels(scratch, white, {.bits = bits, .samples = 1, .color = PHOTOMETRIC_MINISWHITE});
    CHECK(equal(read, cv::Mat(4, 4, CV_MAKETYPE(depth, 3), cv::Scalar::all(most))));
  }
  const cv::Mat index(4, 4, CV_8U, cv::Scalar(200));
  CHECK(tiff_pixels(scratch, index, {.samples = 1, .color = PHOTOMETRIC_PALETTE, .palette = true})
            .at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 55, 200));
}

TEST_CASE("alpha of a TIFF is kept, and taken out of colors that were multiplied by it") {
  const Scratch scratch;
  const cv::Mat pixels(4, 4, CV_16UC4, cv::Scalar(10000, 20000, 5000, 32768));
  write_tiff(scratch / "a.tif", pixels,
             {.bits = 16, .samples = 4, .extra = EXTRASAMPLE_UNASSALPHA});
  StillImage image = read_still(scratch / "a.tif");
  CHECK(image.pixels.at<cv::Vec3w>(0, 0) == cv::Vec3w(5000, 20000, 10000));
  CHECK(image.alpha.at<std::uint16_t>(0, 0) == 32768);
  write_tiff(scratch / "a.tif", pixels,
             {.bits = 16, .samples = 4, .extra = EXTRASAMPLE_ASSOCALPHA});
  image = read_still(scratch / "a.tif");
  CHECK(image.pixels.at<cv::Vec3w>(0, 0) == cv::Vec3w(10000, 39999, 20000));  // * 65535 / 32768
}

TEST_CASE("of a TIFF of several pages the first is read, and previews are not counted") {
  const Scratch scratch;
  write_pages(scratch / "p.tif",
              {{10, 0}, {20, FILETYPE_PAGE}, {30, FILETYPE_REDUCEDIMAGE}, {40, FILETYPE_PAGE}});
  const StillImage image = read_still(scratch / "p.tif");
  CHECK(image.pixels.at<cv::Vec3b>(0, 0) == cv::Vec3b(10, 10, 10));
  CHECK(image.metadata->pages == 3);
  write_tiff(scratch / "one.tif", noise(4, 4, CV_8UC3), {});
  CHECK(read_still(scratch / "one.tif").metadata->pages == 1);
}

TEST_CASE("a floating-point TIFF is refused with what to do") {
  const Scratch scratch;
  write_tiff(scratch / "f.tif", cv::Mat(4, 4, CV_32FC3, cv::Scalar::all(0.5)),
             {.bits = 32, .format = SAMPLEFORMAT_IEEEFP});
  CHECK(contains(message_of([&] { read_image(scratch / "f.tif"); }),
                 "f.tif: has samples of 32 bits in floating point; save it with 8 or 16"));
}

TEST_CASE("an animated PNG is refused, one of a single frame read") {
  const Scratch scratch;
  const std::string clip = moving("20x30") + "-plays 0 -f apng -frames:v ";
  ffmpeg(scratch.path(), clip + "3 three.png");
  ffmpeg(scratch.path(), clip + "1 one.png");
  CHECK(contains(message_of([&] { read_image(scratch / "three.png"); }), "three.png: is an anim"));
  CHECK(read_image(scratch / "one.png").cols == 20);
}
