// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

namespace cameo {

/// The EXIF block of a JPEG (its APP1 segment) or PNG file (its eXIf chunk): a TIFF structure,
/// without "Exif\0\0". Empty if the file has none or is of another kind. Source: CIPA DC-008
/// (EXIF 2.32) 4.5.4; PNG specification 1.5 extensions.
std::span<const unsigned char> exif_of(std::span<const unsigned char> file);

/// Orientation (tag 0x0112) of an EXIF block, 1 to 8: 1 upright, 2 and 4 mirrored, 3 upside down, 5
/// to 8 rows for columns. 1 if the block says none, says something else or is damaged.
int exif_orientation(std::span<const unsigned char> exif);

/// An EXIF block for pixels that were turned upright: orientation 1, the pixel dimensions
/// exchanged where rows became columns, and without a thumbnail, which would show the image as it
/// was. Nothing else is moved, since maker notes hold offsets. A damaged block becomes empty.
std::vector<unsigned char> upright_exif(std::span<const unsigned char> exif);

}  // namespace cameo
