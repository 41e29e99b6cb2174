// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Color transfers that move one distribution of colors onto another. All take drawn and there:
/// CV_32FC3 BGR in 0..255 of one size, and weight: CV_32FC1 of that size, or empty. They measure
/// inside the weight and apply to every pixel; the result is not clipped. Where the weights add up
/// to less than kLeastPixels they only shift the mean: so few pixels have no distribution.

inline constexpr double kLeastPixels = 64;

/// Monge-Kantorovich linear map: equal means and covariances of blue, green and red, by the
/// symmetric positive matrix that moves colors least. Its gains, along its own three axes, are kept
/// in 1/2..2, so that a face of one color, or one half in shadow, does not become a poster.
/// Source: Pitie and Kokaram 2007, doi:10.1049/cp:20070055.
cv::Mat transport_linear(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight);

/// Histogram matching of each channel: a monotone curve through 64 weighted quantiles, shifted on
/// beyond the outermost two.
cv::Mat match_histograms(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight);

/// Sliced optimal transport: match_histograms along three orthogonal directions at a time, ten
/// times turned at random; the same directions on every machine and in every frame. At most about
/// 4096 pixels are measured. Source: Pitie et al. 2005, doi:10.1109/ICCV.2005.166.
cv::Mat transport_sliced(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight);

/// Multi-scale transfer: the coarse bands of a Laplacian pyramid from `there`, the fine ones from
/// `drawn`. What is larger than about a quarter of the square (its light, a shadow across it) is
/// there's wholly, an octave below that by half; features are drawn's. Bands are Gaussian ones
/// normalized by the weight, so that what lies outside of the face does not bleed in.
cv::Mat replace_coarse_bands(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight);

}  // namespace cameo
