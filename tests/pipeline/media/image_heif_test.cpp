// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

#ifdef CAMEO_HAS_HEIF
#include <libheif/heif.h>
#endif

using namespace cameo;
using namespace cameo::test;

#ifdef CAMEO_HAS_HEIF
namespace {

struct HeifOptions {
  heif_compression_format format = heif_compression_AV1;
  heif_orientation orientation = heif_orientation_normal;
  bool alpha = false;
  int bits = 8;
  int exif_orientation = 1;
};

/// Writes the flag; false where libheif has no encoder for the format.
bool write_heif(const std::filesystem::path& file, const HeifOptions& o) {
  heif_context* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  const bool found =
      heif_context_get_encoder_for_format(context, o.format, &encoder).code == heif_error_Ok;
  if (found) {
    heif_encoder_set_lossy_quality(encoder, 95);
    const cv::Mat pixels = flag(o.bits > 8 ? CV_16U : CV_8U);
    const int channels = o.alpha ? 4 : 3;
    heif_image* image = nullptr;
    const heif_chroma chroma = o.bits > 8 ? heif_chroma_interleaved_RRGGBB_LE
                               : o.alpha  ? heif_chroma_interleaved_RGBA
                                          : heif_chroma_interleaved_RGB;
    heif_image_create(pixels.cols, pixels.rows, heif_colorspace_RGB, chroma, &image);
    heif_image_add_plane(image, heif_channel_interleaved, pixels.cols, pixels.rows, o.bits);
    int stride = 0;
    unsigned char* to = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    for (int y = 0; y < pixels.rows; ++y)
      for (int x = 0; x < pixels.cols; ++x)
        for (int c = 0; c < channels; ++c) {
          if (o.bits > 8) {
            auto* wide = reinterpret_cast<std::uint16_t*>(to + y * stride);
            wide[x * 3 + c] = static_cast<std::uint16_t>(pixels.at<cv::Vec3w>(y, x)[2 - c] >> 6U);
            continue;
          }
          to[y * stride + x * channels + c] = c == 3 ? static_cast<unsigned char>(x < 24 ? 255 : 0)
                                                     : pixels.at<cv::Vec3b>(y, x)[2 - c];
        }
    heif_encoding_options* options = heif_encoding_options_alloc();
    options->image_orientation = o.orientation;
    heif_image_handle* handle = nullptr;
    REQUIRE(heif_context_encode_image(context, image, encoder, options, &handle).code ==
            heif_error_Ok);
    Bytes exif = exif_block(o.exif_orientation);
    heif_context_add_exif_metadata(context, handle, exif.data(), static_cast<int>(exif.size()));
    REQUIRE(heif_context_write_to_file(context, file.c_str()).code == heif_error_Ok);
    heif_image_handle_release(handle);
    heif_encoding_options_free(options);
    heif_image_release(image);
    heif_encoder_release(encoder);
  }
  heif_context_free(context);
  if (!found) MESSAGE("libheif has no encoder for this format here");
  return found;
}

constexpr heif_compression_format kFormats[]{heif_compression_HEVC, heif_compression_AV1};

}  // namespace

TEST_CASE("HEIC and AVIF are turned once, by the file's own rotation, whatever EXIF says besides") {
  const Scratch scratch;
  for (const heif_compression_format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    for (int turn = 1; turn <= 8; ++turn) {
      CAPTURE(turn);
      if (!write_heif(scratch / "x.heic", {.format = format,
                                           .orientation = static_cast<heif_orientation>(turn),
                                           .exif_orientation = turn}))
        break;
      const StillImage image = read_still(scratch / "x.heic");
      CHECK(quarters(image.pixels) == seen_by_orientation().at(static_cast<std::size_t>(turn) - 1));
      CHECK(image.metadata->exif == exif_block(1));
    }
  }
}

TEST_CASE("alpha and ten bits of HEIC and AVIF are read") {
  const Scratch scratch;
  for (const heif_compression_format format : kFormats) {
    CAPTURE(static_cast<int>(format));
    if (!write_heif(scratch / "a.heic", {.format = format, .alpha = true})) continue;
    const StillImage clear = read_still(scratch / "a.heic");
    REQUIRE(clear.alpha.size() == cv::Size(48, 32));
    CHECK(clear.alpha.at<unsigned char>(5, 5) > 250);
    CHECK(clear.alpha.at<unsigned char>(5, 40) < 5);
  }
  if (!write_heif(scratch / "deep.heic", {.format = heif_compression_HEVC, .bits = 10})) return;
  const StillImage deep = read_still(scratch / "deep.heic");
  CHECK(deep.pixels.depth() == CV_16U);
  CHECK(deep.pixels.at<cv::Vec3w>(5, 40)[1] > 64000);
}

TEST_CASE("a HEIF file that is cut off is refused by name") {
  const Scratch scratch;
  if (!write_heif(scratch / "x.avif", {})) return;
  Bytes bytes = read_bytes(scratch / "x.avif");
  bytes.resize(bytes.size() - 40);
  write_bytes(scratch / "cut.avif", bytes);
  CHECK(contains(message_of([&] { read_image(scratch / "cut.avif"); }),
                 "cut.avif: cannot be decoded"));
}
#else
TEST_CASE("without libheif HEIC is refused with what to do") {
  const Scratch scratch;
  const std::string head(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0",
      16);
  write_text(scratch / "x.heic", head);
  CHECK(contains(message_of([&] { read_image(scratch / "x.heic"); }), "heif-convert"));
}
#endif
