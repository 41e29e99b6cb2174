// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cameo {

/// Text that a PNG file carries under a keyword (its first tEXt chunk of that keyword); empty if it
/// carries none, is no PNG or is cut off before. Checksums are not looked at: who reads the image
/// does that. Source: PNG specification, ISO/IEC 15948, 11.3.4.3.
std::optional<std::string> png_text(std::span<const unsigned char> png, std::string_view keyword);

/// The PNG file with that text behind its header, before whatever texts it has. Throws Error if it
/// is no PNG, or the keyword has not 1 to 79 characters.
std::vector<unsigned char> with_png_text(std::span<const unsigned char> png,
                                         std::string_view keyword, std::string_view text);

}  // namespace cameo
