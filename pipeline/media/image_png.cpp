// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <libdeflate.h>
#include <memory>
#include <png.h>
#include <string_view>

#include "base/error.h"
#include "pipeline/media/color_profile.h"
#include "pipeline/media/image_codecs.h"

namespace cameo::codec {
namespace {

constexpr const char* kXmpKeyword = "XML:com.adobe.xmp";
constexpr double kInchesOfMetre = 39.3701;
constexpr int kLevel =
    1;  // OpenCV's choice too: a third larger than level 6, several times as fast
constexpr png_byte kImageData[] = "IDAT", kEnd[] = "IEND";

/// libpng's errors: fatal ones jump back to guarded().
struct Errors {
  std::jmp_buf jump;
  std::array<char, 200> text;
};

void leave(png_structp png, png_const_charp text) {
  auto* errors = static_cast<Errors*>(png_get_error_ptr(png));
  std::snprintf(errors->text.data(), errors->text.size(), "%s", text);
  std::longjmp(errors->jump, 1);  // NOLINT: libpng offers nothing else
}

void drop_warning(png_structp /*png*/, png_const_charp /*text*/) {}

/// Runs calls of libpng; false after a fatal error. `act` must own nothing: it is jumped out of.
template <class Act>
bool guarded(Errors& errors, Act act) {
  if (setjmp(errors.jump) != 0) return false;  // NOLINT: libpng offers nothing else
  act();
  return true;
}

struct Source {
  ByteView left;
};

void take(png_structp png, png_bytep to, std::size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left.size()) png_error(png, "the file ends early");
  std::memcpy(to, source->left.data(), count);
  source->left = source->left.subspan(count);
}

constexpr png_byte kControl[] = "acTL";  // the one unknown chunk that is kept

struct Decoder {
  explicit Decoder(ByteView bytes) : source{bytes} {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors, leave, drop_warning);
    info = png_create_info_struct(png);
    png_set_read_fn(png, &source, take);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_benign_errors(png, 1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, kControl, 1);
    // What profiles say is for color_profile to judge.
    png_set_option(png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
  }
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  Errors errors{};
  Source source;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::int64_t rows = 0;  ///< of the last pass that are whole
};

struct Encoder {
  Encoder() {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, leave, drop_warning);
    info = png_create_info_struct(png);
  }
  ~Encoder() { png_destroy_write_struct(&png, &info); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  Errors errors{};
  png_structp png = nullptr;
  png_infop info = nullptr;
};

/// Palettes, few bits and colour keys become 8-bit channels with alpha; BGR, native byte order.
int expand(Decoder& decoder) {
  png_structp png = decoder.png;
  png_set_expand(png);
  png_set_bgr(png);
  if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
  return passes;
}

void read_rows(Decoder& decoder, cv::Mat& pixels, int passes) {
  for (int pass = 0; pass < passes; ++pass) {
    for (decoder.rows = 0; decoder.rows < pixels.rows; ++decoder.rows)
      png_read_row(decoder.png, pixels.ptr<unsigned char>(static_cast<int>(decoder.rows)), nullptr);
  }
}

void read_profile(const Decoder& decoder, RawImage& image) {
  png_charp name = nullptr;
  png_bytep icc = nullptr;
  int method = 0;
  png_uint_32 size = 0;
  if (png_get_iCCP(decoder.png, decoder.info, &name, &method, &icc, &size) != 0) {
    image.icc.assign(icc, icc + size);
    return;
  }
  // Without a profile the file may give its gamma and primaries.
  constexpr double kSrgbGamma = 0.45455;
  double gamma = kSrgbGamma;
  Chromaticities xy;
  int intent = 0;
  if (png_get_sRGB(decoder.png, decoder.info, &intent) != 0) return;
  const bool has_gamma = png_get_gAMA(decoder.png, decoder.info, &gamma) != 0;
  const bool has_primaries =
      png_get_cHRM(decoder.png, decoder.info, &xy.white_x, &xy.white_y, &xy.red_x, &xy.red_y,
                   &xy.green_x, &xy.green_y, &xy.blue_x, &xy.blue_y) != 0;
  // Gamma 1/2.2 with sRGB's primaries, or none, is how programs name sRGB.
  const bool usual = std::abs(gamma - kSrgbGamma) < 0.005 && is_rec709(xy);
  if ((has_gamma || has_primaries) && gamma > 0 && !usual && image.pixels.channels() == 3)
    image.icc = rgb_profile(xy, 1 / gamma);
}

void read_metadata(const Decoder& decoder, RawImage& image) {
  read_profile(decoder, image);
  png_bytep exif = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(decoder.png, decoder.info, &size, &exif) != 0)
    image.exif.assign(exif, exif + size);
  png_textp texts = nullptr;
  const int count = png_get_text(decoder.png, decoder.info, &texts, nullptr);
  for (int i = 0; i < count; ++i) {
    const std::string_view keyword(texts[i].key);
    if (keyword != kXmpKeyword) continue;
    const std::size_t length =
        texts[i].compression > 0 || texts[i].itxt_length > 0 ? texts[i].itxt_length : 0;
    image.xmp.assign(texts[i].text, texts[i].text + length);
  }
  png_uint_32 x = 0, y = 0;
  int unit = 0;
  if (png_get_pHYs(decoder.png, decoder.info, &x, &y, &unit) != 0 && unit == PNG_RESOLUTION_METER) {
    image.dpi_x = x / kInchesOfMetre;
    image.dpi_y = y / kInchesOfMetre;
  }
}

void append(png_structp png, png_bytep bytes, std::size_t count) {
  auto* to = static_cast<Bytes*>(png_get_io_ptr(png));
  to->insert(to->end(), bytes, bytes + count);
}

void put_metadata(Encoder& encoder, const RawImage& image, png_text& xmp) {
  png_structp png = encoder.png;
  if (!image.icc.empty())
    png_set_iCCP(png, encoder.info, "icc", PNG_COMPRESSION_TYPE_BASE, image.icc.data(),
                 static_cast<png_uint_32>(image.icc.size()));
  if (!image.exif.empty())
    png_set_eXIf_1(png, encoder.info, static_cast<png_uint_32>(image.exif.size()),
                   const_cast<png_bytep>(image.exif.data()));
  if (xmp.itxt_length > 0) png_set_text(png, encoder.info, &xmp, 1);
  if (image.dpi_x > 0 && image.dpi_y > 0)
    png_set_pHYs(
        png, encoder.info, static_cast<png_uint_32>(std::lround(image.dpi_x * kInchesOfMetre)),
        static_cast<png_uint_32>(std::lround(image.dpi_y * kInchesOfMetre)), PNG_RESOLUTION_METER);
}

/// A row as PNG stores it: RGB, most significant byte first, each byte less the one of the pixel
/// before.
void store_row(const cv::Mat& rows, int y, unsigned char* to) {
  const auto channels = static_cast<std::size_t>(rows.channels());
  const auto bytes = rows.elemSize1(), pixel = rows.elemSize();
  const std::size_t count = static_cast<std::size_t>(rows.cols) * pixel;
  const auto* const from = rows.ptr<unsigned char>(y);
  constexpr bool kSwap = std::endian::native == std::endian::little;
  const auto place = [&](std::size_t at) {  // in the pixel, of its byte `at`
    const std::size_t channel = at / bytes, byte = at % bytes;
    const std::size_t stored = channels >= 3 && channel < 3 ? 2 - channel : channel;
    return stored * bytes + (kSwap ? bytes - 1 - byte : byte);
  };
  *to++ = PNG_FILTER_VALUE_SUB;
  for (std::size_t k = 0; k < pixel; ++k) {
    const unsigned char* source = from + place(k);
    unsigned char before = 0;
    for (std::size_t x = 0; x < count; x += pixel) {
      to[x + k] = static_cast<unsigned char>(source[x] - before);
      before = source[x];
    }
  }
}

/// The compressed rows, by libdeflate, which takes half of zlib's time for less bytes, but wants
/// all of them at once; none of a larger image.
Bytes deflated(const cv::Mat& rows) {
  constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
  const std::size_t row = static_cast<std::size_t>(rows.cols) * rows.elemSize() + 1;
  const std::size_t size = row * static_cast<std::size_t>(rows.rows);
  if (size > kMostBytes) return {};
  Bytes stored(size);
  for (int y = 0; y < rows.rows; ++y)
    store_row(rows, y, stored.data() + row * static_cast<std::size_t>(y));
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kLevel), libdeflate_free_compressor);
  check(compressor != nullptr, ErrorCode::Device, "out of memory");
  Bytes out(libdeflate_zlib_compress_bound(compressor.get(), size));
  out.resize(
      libdeflate_zlib_compress(compressor.get(), stored.data(), size, out.data(), out.size()));
  return out;
}

/// at_once: deflated().
void write_all(Encoder& encoder, const RawImage& image, const cv::Mat& rows, const Bytes& at_once,
               png_text& xmp) {
  constexpr std::array<int, 5> kTypes{0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                      PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  png_structp png = encoder.png;
  png_set_option(png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
  png_set_benign_errors(png, 1);
  png_set_IHDR(png, encoder.info, static_cast<png_uint_32>(rows.cols),
               static_cast<png_uint_32>(rows.rows), rows.depth() == CV_16U ? 16 : 8,
               kTypes.at(static_cast<std::size_t>(rows.channels())), PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  put_metadata(encoder, image, xmp);
  png_write_info(png, encoder.info);
  if (!at_once.empty()) {
    png_write_chunk(png, kImageData, at_once.data(), at_once.size());
    png_write_chunk(png, kEnd, nullptr, 0);
    return;
  }
  png_set_compression_level(png, kLevel);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_bgr(png);
  if constexpr (std::endian::native == std::endian::little) png_set_swap(png);
  for (int y = 0; y < rows.rows; ++y) png_write_row(png, rows.ptr<unsigned char>(y));
  png_write_end(png, encoder.info);
}

/// Whether a chunk acTL announces several frames, as APNG has them: libpng reads the first alone.
bool is_animation(const Decoder& decoder) {
  png_unknown_chunkp chunks = nullptr;
  const int count = png_get_unknown_chunks(decoder.png, decoder.info, &chunks);
  for (int i = 0; i < count; ++i)  // of the kinds that the decoder keeps: kControl
    if (chunks[i].size >= 4 && png_get_uint_32(chunks[i].data) > 1) return true;
  return false;
}

}  // namespace

RawImage decode_png(ByteView bytes) {
  RawImage image;
  cv::Mat rows;
  Decoder decoder(bytes);
  check(guarded(decoder.errors, [&] { png_read_info(decoder.png, decoder.info); }),
        ErrorCode::Input, "cannot be decoded: ", decoder.errors.text.data());
  check(!is_animation(decoder), ErrorCode::Input,
        "is an animation; make a video of it, as ffmpeg does");
  const std::int64_t height = png_get_image_height(decoder.png, decoder.info);
  check_size(png_get_image_width(decoder.png, decoder.info), height);
  int passes = 1;
  check(guarded(decoder.errors, [&] { passes = expand(decoder); }), ErrorCode::Input,
        "cannot be decoded: ", decoder.errors.text.data());
  rows.create(static_cast<int>(height),
              static_cast<int>(png_get_image_width(decoder.png, decoder.info)),
              CV_MAKETYPE(png_get_bit_depth(decoder.png, decoder.info) == 16 ? CV_16U : CV_8U,
                          png_get_channels(decoder.png, decoder.info)));
  if (!guarded(decoder.errors, [&] { read_rows(decoder, rows, passes); }))
    fail_cut_off(passes > 1 ? 0 : decoder.rows, height, bytes, decoder.errors.text.data());
  // All rows are there; what follows is metadata, and its damage harms nothing.
  guarded(decoder.errors, [&] { png_read_end(decoder.png, decoder.info); });
  split_alpha(rows, image);
  read_metadata(decoder, image);
  return image;
}

Bytes encode_png(const RawImage& image) {
  const cv::Mat rows = interleaved(image);
  Bytes bytes;
  std::string text(image.xmp.begin(), image.xmp.end());
  png_text xmp{};
  std::string keyword = kXmpKeyword, language;
  xmp.compression = PNG_ITXT_COMPRESSION_NONE;
  xmp.key = keyword.data();
  xmp.text = text.data();
  xmp.lang = xmp.lang_key = language.data();
  xmp.itxt_length = text.size();
  Encoder encoder;
  png_set_write_fn(encoder.png, &bytes, append, nullptr);
  const Bytes at_once = deflated(rows);
  check(guarded(encoder.errors, [&] { write_all(encoder, image, rows, at_once, xmp); }),
        ErrorCode::Input, "cannot be encoded: ", encoder.errors.text.data());
  return bytes;
}

}  // namespace cameo::codec
