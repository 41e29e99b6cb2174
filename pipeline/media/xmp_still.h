// SPDX-License-Identifier: MIT
#pragma once
// XMP packets in the files of still images, edited without touching what is compressed.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/media/image_format.h"

namespace cameo {

/// What an image file says of itself beside its EXIF.
struct StillMarks {
  std::string xmp;    ///< packet, with a JPEG's ExtendedXMP joined; empty: none
  bool c2pa = false;  ///< holds a C2PA manifest store, whatever it says
};

/// Whether files of this format have a place for XMP that is written: JPEG, PNG, TIFF and WebP.
bool takes_xmp(ImageFormat format);

/// The marks in a file's bytes. Looks at its structure only, not at its pixels. Nothing of formats
/// without takes_xmp. Throws Error (ErrorCode::Input) if the file is damaged as far as that is
/// seen.
StillMarks marks_in(std::span<const unsigned char> file);

/// The file's bytes with this packet in place of any other: iTXt XML:com.adobe.xmp of PNG, APP1 of
/// JPEG (with ExtendedXMP if it is too long for one), tag 700 of TIFF and BigTIFF, chunk XMP of
/// WebP. Everything else keeps its bytes. Throws Error (ErrorCode::Input) if the file is damaged,
/// or of a format without takes_xmp.
std::vector<unsigned char> with_xmp(std::span<const unsigned char> file, std::string_view packet);

// One format each; xmp_still.cpp tells them apart.
namespace codec {

StillMarks marks_in_png(std::span<const unsigned char> file);
StillMarks marks_in_jpeg(std::span<const unsigned char> file);
StillMarks marks_in_tiff(std::span<const unsigned char> file);
StillMarks marks_in_webp(std::span<const unsigned char> file);
std::vector<unsigned char> png_with_xmp(std::span<const unsigned char> file, std::string_view xmp);
std::vector<unsigned char> jpeg_with_xmp(std::span<const unsigned char> file, std::string_view xmp);
std::vector<unsigned char> tiff_with_xmp(std::span<const unsigned char> file, std::string_view xmp);
std::vector<unsigned char> webp_with_xmp(std::span<const unsigned char> file, std::string_view xmp);

}  // namespace codec

/// Unsigned integer of up to 8 bytes.
std::uint64_t read_integer(std::span<const unsigned char> bytes, bool big_endian);
/// The same, appended.
void append_integer(std::vector<unsigned char>& to, std::uint64_t value, std::size_t bytes,
                    bool big_endian);

}  // namespace cameo
