// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// An ICC profile's color model as its number of channels: 1 grey, 3 RGB, 4 CMYK. 0 for a damaged
/// profile and for other models.
int profile_channels(std::span<const unsigned char> icc);

/// Whether an RGB profile's colors are sRGB's, within one level of 8 bits.
bool is_srgb(std::span<const unsigned char> icc);

/// Whether images can be converted to an RGB profile, too, as by any of a matrix and curves.
bool is_output_profile(std::span<const unsigned char> icc);

/// Pixels of a profile, 8 or 16 bits a channel, as BGR in sRGB of the same depth, by lcms2:
/// relative colorimetric with black point compensation. pixels: as many channels as the profile
/// (BGR order; CMYK: 0 is no ink). CMYK without a profile (empty) is (1-C)(1-K) and so on.
/// Throws Error (ErrorCode::Input) if the profile does not fit.
cv::Mat to_srgb(const cv::Mat& pixels, std::span<const unsigned char> icc);

/// BGR in sRGB as BGR of an output profile, of the same depth. Throws Error (ErrorCode::Input).
cv::Mat from_srgb(const cv::Mat& bgr, std::span<const unsigned char> icc);

/// Pixels that were converted to sRGB and drawn on, in the profile they came from: where `drawn`
/// equals the converted `original`, exactly `original`; elsewhere what the drawing changed is added
/// to it, so that colors outside sRGB beside the drawing stay.
cv::Mat drawn_in_profile(const cv::Mat& original, const cv::Mat& drawn,
                         std::span<const unsigned char> icc);

/// CIE xy of a display's white and primaries; those of sRGB (BT.709, D65) unless set.
struct Chromaticities {
  double white_x = 0.3127, white_y = 0.3290;
  double red_x = 0.64, red_y = 0.33;
  double green_x = 0.30, green_y = 0.60;
  double blue_x = 0.15, blue_y = 0.06;
};

/// Whether these are BT.709's within what three decimals tell.
bool is_rec709(const Chromaticities& xy);

/// An RGB profile of these primaries; gamma: the exponent that decodes, or 0 for sRGB's curve.
/// Throws Error (ErrorCode::Input) for primaries that span no colors.
std::vector<unsigned char> rgb_profile(const Chromaticities& xy, double gamma = 0);

}  // namespace cameo
