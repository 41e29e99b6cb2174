// SPDX-License-Identifier: MIT
#include <memory>
#include <string_view>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/error.h"
#include "pipeline/media/image_codecs.h"

namespace cameo::codec {
namespace {

constexpr std::size_t kRiffHeader = 12, kChunkHeader = 8;

struct DeleteDecoder {
  void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
};
struct DeleteMux {
  void operator()(WebPMux* mux) const { WebPMuxDelete(mux); }
};

std::size_t little_endian(ByteView four) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= static_cast<std::size_t>(four[i]) << (8 * i);
  return value;
}

/// The data of the first chunk of this name; empty if there is none or it is cut off.
Bytes chunk(ByteView file, std::string_view name) {
  for (std::size_t at = kRiffHeader; at + kChunkHeader <= file.size();) {
    const std::size_t size = little_endian(file.subspan(at + 4, 4));
    if (size > file.size() - at - kChunkHeader) return {};
    const ByteView data = file.subspan(at + kChunkHeader, size);
    if (std::string_view(reinterpret_cast<const char*>(file.data()) + at, 4) == name)
      return {data.begin(), data.end()};
    at += kChunkHeader + size + size % 2;
  }
  return {};
}

void put_chunk(WebPMux& mux, const char* name, const Bytes& data) {
  if (data.empty()) return;
  const WebPData bytes{data.data(), data.size()};
  check(WebPMuxSetChunk(&mux, name, &bytes, /*copy_data=*/1) == WEBP_MUX_OK, ErrorCode::Input,
        "cannot be encoded: no place for its ", name, " chunk");
}

Bytes with_metadata(const RawImage& image, const WebPMemoryWriter& plain) {
  const std::unique_ptr<WebPMux, DeleteMux> mux(WebPMuxNew());
  const WebPData bitstream{plain.mem, plain.size};
  check(WebPMuxSetImage(mux.get(), &bitstream, /*copy_data=*/0) == WEBP_MUX_OK, ErrorCode::Input,
        "cannot be encoded");
  put_chunk(*mux, "ICCP", image.icc);
  put_chunk(*mux, "EXIF", image.exif);
  put_chunk(*mux, "XMP ", image.xmp);
  WebPData all{};
  check(WebPMuxAssemble(mux.get(), &all) == WEBP_MUX_OK, ErrorCode::Input, "cannot be encoded");
  Bytes bytes(all.bytes, all.bytes + all.size);
  WebPDataClear(&all);
  return bytes;
}

WebPConfig config_of(const RawImage& image) {
  WebPConfig config;
  check(WebPConfigPreset(&config, WEBP_PRESET_PHOTO, static_cast<float>(image.quality)) != 0,
        "webp: the library has another version than its headers");
  config.lossless = image.lossless ? 1 : 0;
  config.exact = 1;                         // colors of transparent pixels stay
  if (image.lossless) config.quality = 75;  // effort, not loss
  return config;
}

}  // namespace

RawImage decode_webp(ByteView bytes) {
  WebPDecoderConfig config;
  check(WebPInitDecoderConfig(&config) != 0 &&
            WebPGetFeatures(bytes.data(), bytes.size(), &config.input) == VP8_STATUS_OK,
        ErrorCode::Input, "cannot be decoded: its header is damaged");
  check(config.input.has_animation == 0, ErrorCode::Input,
        "is an animation; make a video or a folder of images of it");
  check_size(config.input.width, config.input.height);
  const bool has_alpha = config.input.has_alpha != 0;
  cv::Mat pixels(config.input.height, config.input.width, has_alpha ? CV_8UC4 : CV_8UC3);
  config.output.colorspace = has_alpha ? MODE_BGRA : MODE_BGR;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.data;
  config.output.u.RGBA.stride = static_cast<int>(pixels.step);
  config.output.u.RGBA.size = pixels.step * static_cast<std::size_t>(pixels.rows);
  const std::unique_ptr<WebPIDecoder, DeleteDecoder> decoder(WebPIDecode(nullptr, 0, &config));
  check(decoder != nullptr, ErrorCode::Input, "cannot be decoded");
  const VP8StatusCode status = WebPIAppend(decoder.get(), bytes.data(), bytes.size());
  if (status != VP8_STATUS_OK) {
    int rows = 0;
    WebPIDecGetRGB(decoder.get(), &rows, nullptr, nullptr, nullptr);
    fail_cut_off(rows, pixels.rows, bytes, "the image's data ends early or is damaged");
  }
  RawImage image;
  split_alpha(pixels, image);
  image.icc = chunk(bytes, "ICCP");
  image.xmp = chunk(bytes, "XMP ");
  image.exif = chunk(bytes, "EXIF");
  constexpr std::string_view kExifMark("Exif\0\0", 6);  // some writers leave it from a JPEG
  if (image.exif.size() > kExifMark.size() &&
      std::equal(kExifMark.begin(), kExifMark.end(), image.exif.begin()))
    image.exif.erase(image.exif.begin(), image.exif.begin() + kExifMark.size());
  image.lossless = config.input.format == 2;
  return image;
}

Bytes encode_webp(const RawImage& image) {
  check(image.pixels.cols <= WEBP_MAX_DIMENSION && image.pixels.rows <= WEBP_MAX_DIMENSION,
        ErrorCode::Input, image.pixels.cols, "x", image.pixels.rows, " pixels; WebP has at most ",
        WEBP_MAX_DIMENSION, " a side, PNG and TIFF have more");
  const WebPConfig config = config_of(image);
  const cv::Mat rows = interleaved(image);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  WebPPicture picture;
  check(WebPPictureInit(&picture) != 0, "webp: the library has another version than its headers");
  picture.use_argb = image.lossless ? 1 : 0;
  picture.width = rows.cols;
  picture.height = rows.rows;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const auto import = rows.channels() == 4 ? WebPPictureImportBGRA : WebPPictureImportBGR;
  const bool ok = import(&picture, rows.data, static_cast<int>(rows.step)) != 0 &&
                  WebPEncode(&config, &picture) != 0;
  WebPPictureFree(&picture);
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> owner(writer.mem, &WebPFree);
  check(ok, ErrorCode::Input, "cannot be encoded: libwebp's error ",
        static_cast<int>(picture.error_code));
  return with_metadata(image, writer);
}

}  // namespace cameo::codec
