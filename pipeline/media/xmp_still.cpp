// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_still.h"

#include "base/error.h"

namespace cameo {

std::uint64_t read_integer(std::span<const unsigned char> bytes, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8U | bytes[big_endian ? i : bytes.size() - 1 - i];
  return value;
}

void append_integer(std::vector<unsigned char>& to, std::uint64_t value, std::size_t bytes,
                    bool big_endian) {
  for (std::size_t i = 0; i < bytes; ++i)
    to.push_back(static_cast<unsigned char>(value >> 8 * (big_endian ? bytes - 1 - i : i) & 0xFFU));
}

bool takes_xmp(ImageFormat format) {
  return format == ImageFormat::Jpeg || format == ImageFormat::Png || format == ImageFormat::Tiff ||
         format == ImageFormat::Webp;
}

StillMarks marks_in(std::span<const unsigned char> file) {
  switch (format_of_bytes(file)) {
    case ImageFormat::Jpeg:
      return codec::marks_in_jpeg(file);
    case ImageFormat::Png:
      return codec::marks_in_png(file);
    case ImageFormat::Tiff:
      return codec::marks_in_tiff(file);
    case ImageFormat::Webp:
      return codec::marks_in_webp(file);
    default:
      return {};
  }
}

std::vector<unsigned char> with_xmp(std::span<const unsigned char> file, std::string_view packet) {
  switch (format_of_bytes(file)) {
    case ImageFormat::Jpeg:
      return codec::jpeg_with_xmp(file, packet);
    case ImageFormat::Png:
      return codec::png_with_xmp(file, packet);
    case ImageFormat::Tiff:
      return codec::tiff_with_xmp(file, packet);
    case ImageFormat::Webp:
      return codec::webp_with_xmp(file, packet);
    default:
      fail(ErrorCode::Input, "no PNG, JPEG, TIFF or WebP, so no place for XMP (", file.size(),
           " bytes)");
  }
}

}  // namespace cameo
