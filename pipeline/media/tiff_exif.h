// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

namespace cameo {

/// The EXIF block of a TIFF file: a TIFF structure without image, of what describes the picture
/// (make, model, date, author, description ...) with the file's EXIF and GPS directories, in the
/// file's byte order. Empty if there is none of it, and for BigTIFF.
/// Source: TIFF 6.0; CIPA DC-008 (EXIF 2.32).
std::vector<unsigned char> exif_of_tiff(std::span<const unsigned char> tiff);

/// A TIFF file with what an EXIF block of either byte order says: a new first directory at the
/// file's end, the old one's entries and the block's together. Entries that the file has stay. The
/// file as it is if the block is damaged.
std::vector<unsigned char> with_exif_of(std::span<const unsigned char> tiff,
                                        std::span<const unsigned char> exif);

}  // namespace cameo
