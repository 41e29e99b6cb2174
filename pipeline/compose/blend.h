// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/imgproc.hpp>

#include "pipeline/face/geometry.h"

namespace cameo {

/// Warps a square back over the part `where` of a frame.
/// drawn: side x side, one or three channels, 8-bit or float. to_square: frame pixels -> drawn's
/// pixels. there: that part of the frame, of as many channels; kept wherever the square does not
/// reach, 16 bits in 8-bit levels if drawn is float. Returns an image of there's size and drawn's
/// type. interpolation: cv::INTER_CUBIC or _LINEAR.
cv::Mat warp_back(const cv::Mat& drawn, const Transform& to_square, const cv::Mat& there,
                  const cv::Rect& where, int interpolation = cv::INTER_CUBIC);

/// The same with a low-pass before it where the square is reduced, so that fine detail of a small
/// face neither aliases nor shimmers. Enlarged, it is warp_back: of Lanczos' kernel a drawn face
/// gets 1 % less of the exact one's gradients (0.814 against 0.822, 0.02 dB more), since OpenCV's
/// cubic one overshoots a little.
cv::Mat warp_back_filtered(const cv::Mat& drawn, const Transform& to_square, const cv::Mat& there,
                           const cv::Rect& where);

/// Unsharp masking: image + amount * (image - its Gaussian of a deviation of 1 pixel). It gives
/// back what resampling takes from a drawn face: a perfect one of 128 pixels, enlarged by half,
/// keeps 0.87 of its mean gradient. image: float or 8-bit. amount: 0 (the image itself) to about 2.
cv::Mat sharpened(const cv::Mat& image, double amount);

/// Alpha blending: weight * over + (1 - weight) * there, rounded half to even and saturated.
/// over: 8-bit or float BGR in 0..255, fractions counting where `there` is of 16 bits. there: BGR
/// of 8 or 16 bits, whose type the result has. weight: CV_32FC1 in 0..1. All of one size.
cv::Mat blend(const cv::Mat& over, const cv::Mat& there, const cv::Mat& weight);

/// Poisson cloning: the gradients of `over` where the weight is about 0.7 or more, fitted to the
/// colours of `there` along the edge of that region. over, there: 8-bit BGR of one size; over a
/// 16-bit one also float in 0..255, solved by poisson_clone(). Costs go by the region's extent, not
/// by the image's. The region may touch the image's edge. Less than 3 pixels wide or high, it is
/// blend(). Source: Perez et al. 2003, doi:10.1145/882262.882269; the bound of 0.7 is the article's
/// (weight times 365 saturates at 255).
cv::Mat clone_seamless(const cv::Mat& over, const cv::Mat& there, const cv::Mat& weight);

}  // namespace cameo
