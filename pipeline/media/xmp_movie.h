// SPDX-License-Identifier: MIT
#pragma once
// XMP packets in MP4 and QuickTime files, which are boxes one after the other.
#include <filesystem>
#include <istream>
#include <string>
#include <string_view>

namespace cameo {

/// What the boxes of a file say of it.
struct MovieMarks {
  std::string xmp;    ///< packet of the uuid box, or of QuickTime's XMP_ in moov/udta; empty: none
  bool c2pa = false;  ///< holds a C2PA manifest store, whatever it says
};

/// Whether a file begins as MP4 and QuickTime do: with a box of a known type.
bool is_movie(std::istream& file);

/// The marks of a file, of which only boxes' headers and these are read. Throws Error
/// (ErrorCode::Input) if the boxes are damaged.
MovieMarks marks_in_movie(std::istream& file);

/// The same of a file by its name; nothing of what is no MP4 or QuickTime. Throws Error
/// (ErrorCode::Input) naming it.
MovieMarks marks_in_movie(const std::filesystem::path& file);

/// Gives an MP4 or QuickTime file this packet: earlier uuid boxes of XMP become free space, a new
/// one follows the last box. Nothing else is written. Throws Error (ErrorCode::Input) if the boxes
/// are damaged or it cannot be written.
void put_xmp(std::iostream& file, std::string_view packet);
void put_xmp(const std::filesystem::path& file, std::string_view packet);

}  // namespace cameo
