// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jerror.h>
#include <jpeglib.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "pipeline/media/image_codecs.h"
#include "pipeline/media/xmp_still.h"

namespace cameo::codec {
namespace {

constexpr int kApp1 = JPEG_APP0 + 1, kApp2 = JPEG_APP0 + 2;
constexpr unsigned kMostSegment = 65533;
constexpr std::string_view kExifMark("Exif\0\0", 6);
constexpr std::string_view kXmpMark("http://ns.adobe.com/xap/1.0/\0", 29);

/// Whether an XMP packet needs more than a segment.
bool is_long(const Bytes& xmp) {
  return kXmpMark.size() + xmp.size() > kMostSegment;
}

/// libjpeg's errors: fatal ones jump back to guarded(), missing data is noted.
struct Errors {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  std::array<char, JMSG_LENGTH_MAX> text;
  bool ended;                ///< the file ended before its end mark
  bool missing;              ///< the data ended before the image did
  std::int64_t rows_before;  ///< that were whole then
};

void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  errors->base.format_message(info, errors->text.data());
  std::longjmp(errors->jump, 1);  // NOLINT: libjpeg offers nothing else
}

void note_warning(j_common_ptr info, int level) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  if (level < 0 && errors->base.msg_code == JWRN_JPEG_EOF) errors->ended = true;
  if (level >= 0 || errors->base.msg_code != JWRN_HIT_MARKER || errors->missing) return;
  errors->missing = true;
  errors->rows_before = reinterpret_cast<j_decompress_ptr>(info)->output_scanline;
}

void drop_message(j_common_ptr /*info*/) {}

template <class Info>
void set_up(Errors& errors, Info& info) {
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = leave;
  errors.base.emit_message = note_warning;
  errors.base.output_message = drop_message;
}

/// Runs calls of libjpeg. `act` must own nothing: a fatal error jumps out of it.
template <class Act>
void guarded(Errors& errors, Act act) {
  if (setjmp(errors.jump) == 0) {  // NOLINT: libjpeg offers nothing else
    act();
    return;
  }
  fail(ErrorCode::Input, "cannot be decoded or encoded: ", errors.text.data());
}

struct Decoder {
  Decoder() { set_up(errors, info); }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  jpeg_decompress_struct info{};
  Errors errors{};
};

struct Encoder {
  Encoder() { set_up(errors, info); }
  ~Encoder() {
    jpeg_destroy_compress(&info);
    std::free(bytes);  // NOLINT: of malloc, by libjpeg
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  jpeg_compress_struct info{};
  Errors errors{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
};

void read_metadata(Decoder& decoder, RawImage& image) {
  for (jpeg_saved_marker_ptr at = decoder.info.marker_list; at != nullptr; at = at->next) {
    const std::string_view data(reinterpret_cast<const char*>(at->data), at->data_length);
    if (at->marker != kApp1) continue;
    if (data.starts_with(kExifMark) && image.exif.empty())
      image.exif.assign(data.begin() + kExifMark.size(), data.end());
    if (data.starts_with(kXmpMark) && image.xmp.empty())
      image.xmp.assign(data.begin() + kXmpMark.size(), data.end());
  }
  JOCTET* icc = nullptr;
  unsigned size = 0;
  guarded(decoder.errors, [&] { jpeg_read_icc_profile(&decoder.info, &icc, &size); });
  if (icc != nullptr) image.icc.assign(icc, icc + size);
  std::free(icc);  // NOLINT: of malloc, by libjpeg
  const double inches = decoder.info.density_unit == 2 ? 2.54 : 1;
  if (decoder.info.saw_JFIF_marker != 0 && decoder.info.density_unit != 0) {
    image.dpi_x = decoder.info.X_density * inches;
    image.dpi_y = decoder.info.Y_density * inches;
  }
}

/// The packet with its ExtendedXMP, if that is there and whole.
Bytes whole_xmp(ByteView file, Bytes packet) {
  try {
    const std::string xmp = marks_in_jpeg(file).xmp;
    return {xmp.begin(), xmp.end()};
  } catch (const Error&) {
    return packet;
  }
}

void choose_color(jpeg_decompress_struct& info) {
  if (info.jpeg_color_space == JCS_GRAYSCALE)
    info.out_color_space = JCS_GRAYSCALE;
  else if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK)
    info.out_color_space = JCS_CMYK;
  else
    info.out_color_space = JCS_EXT_BGR;
}

/// Whether a progressive image still waits for scans: coefficients without their last bits.
bool lacks_scans(const jpeg_decompress_struct& info) {
  if (info.progressive_mode == 0 || info.coef_bits == nullptr) return false;
  for (int c = 0; c < info.num_components; ++c)
    if (std::any_of(info.coef_bits[c], info.coef_bits[c] + DCTSIZE2,
                    [](int bits) { return bits != 0; }))
      return true;
  return false;
}

void read_pixels(Decoder& decoder, cv::Mat& pixels) {
  jpeg_decompress_struct& info = decoder.info;
  guarded(decoder.errors, [&] { jpeg_start_decompress(&info); });
  pixels.create(static_cast<int>(info.output_height), static_cast<int>(info.output_width),
                CV_8UC(info.output_components));
  guarded(decoder.errors, [&] {
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels.ptr<unsigned char>(static_cast<int>(info.output_scanline));
      jpeg_read_scanlines(&info, &row, 1);
    }
    if (decoder.errors.ended && lacks_scans(info)) decoder.errors.missing = true;
    jpeg_finish_decompress(&info);
  });
}

void put_marker(Encoder& encoder, std::string_view mark, const Bytes& data) {
  if (data.empty() || mark.size() + data.size() > kMostSegment) return;
  Bytes all(mark.begin(), mark.end());
  all.insert(all.end(), data.begin(), data.end());
  guarded(encoder.errors, [&] {
    jpeg_write_marker(&encoder.info, kApp1, all.data(), static_cast<unsigned>(all.size()));
  });
}

void start(Encoder& encoder, const RawImage& image) {
  jpeg_compress_struct& info = encoder.info;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &encoder.bytes, &encoder.size);
  info.image_width = static_cast<JDIMENSION>(image.pixels.cols);
  info.image_height = static_cast<JDIMENSION>(image.pixels.rows);
  info.input_components = image.pixels.channels();
  info.in_color_space = image.pixels.channels() == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, image.quality, TRUE);
  info.optimize_coding = TRUE;
  // 4:4:4: halved color would blur lips and eyes anew with each pass.
  for (int c = 0; c < info.num_components; ++c)
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  if (image.dpi_x > 0 && image.dpi_y > 0) {
    info.density_unit = 1;
    info.X_density = static_cast<UINT16>(std::clamp(image.dpi_x + 0.5, 1.0, 65535.0));
    info.Y_density = static_cast<UINT16>(std::clamp(image.dpi_y + 0.5, 1.0, 65535.0));
  }
  jpeg_start_compress(&info, TRUE);
}

}  // namespace

RawImage decode_jpeg(ByteView bytes) {
  RawImage image;
  Decoder decoder;
  jpeg_decompress_struct& info = decoder.info;
  guarded(decoder.errors, [&] {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes.data(), bytes.size());
    jpeg_save_markers(&info, kApp1, 0xFFFF);
    jpeg_save_markers(&info, kApp2, 0xFFFF);
    jpeg_read_header(&info, TRUE);
  });
  check_size(info.image_width, info.image_height);
  read_metadata(decoder, image);
  choose_color(info);
  try {
    read_pixels(decoder, image.pixels);
  } catch (const Error& e) {
    if (!decoder.errors.ended) throw;
    fail_cut_off(info.output_scanline, info.image_height, bytes, e.what());
  }
  if (decoder.errors.missing)
    fail_cut_off(decoder.errors.rows_before, info.image_height, bytes,
                 "the image's data ends early");
  // Adobe's programs store CMYK inverted.
  const bool inverted = info.out_color_space == JCS_CMYK && info.saw_Adobe_marker != 0;
  if (!image.xmp.empty()) image.xmp = whole_xmp(bytes, std::move(image.xmp));
  if (inverted) cv::bitwise_not(image.pixels, image.pixels);
  return image;
}

Bytes encode_jpeg(const RawImage& image) {
  constexpr int kMostSide = 65500;
  check(image.pixels.cols <= kMostSide && image.pixels.rows <= kMostSide, ErrorCode::Input,
        image.pixels.cols, "x", image.pixels.rows, " pixels; JPEG has at most ", kMostSide,
        " a side, PNG and TIFF have more");
  Encoder encoder;
  guarded(encoder.errors, [&] { start(encoder, image); });
  put_marker(encoder, kExifMark, image.exif);
  put_marker(encoder, kXmpMark, image.xmp);
  guarded(encoder.errors, [&] {
    if (!image.icc.empty())
      jpeg_write_icc_profile(&encoder.info, image.icc.data(),
                             static_cast<unsigned>(image.icc.size()));
    while (encoder.info.next_scanline < encoder.info.image_height) {
      const int y = static_cast<int>(encoder.info.next_scanline);
      auto* row = const_cast<JSAMPROW>(image.pixels.ptr<unsigned char>(y));
      jpeg_write_scanlines(&encoder.info, &row, 1);
    }
    jpeg_finish_compress(&encoder.info);
  });
  const ByteView file(encoder.bytes, encoder.size);
  if (!is_long(image.xmp)) return {file.begin(), file.end()};
  return jpeg_with_xmp(file, {reinterpret_cast<const char*>(image.xmp.data()), image.xmp.size()});
}

}  // namespace cameo::codec
