// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>

#include <opencv2/core.hpp>

namespace cameo {

/// Texture of a frame that a drawn face lacks or has too little of. All images are CV_32FC3 BGR in
/// 0..255, on the frame's own grid; there: the frame before the face was drawn; weight: CV_32FC1,
/// above 0 where the face is. Amounts are 0 (nothing) to 1 (as measured).

/// Noise of a frame by channel, in levels: what all channels share, and what each has beyond that.
struct Noise {
  double common = 0;
  std::array<double, 3> own{};  ///< of blue, green and red
};

/// Noise level where the weight is above 0: the median absolute value of a difference of
/// Laplacians, which straight edges and slopes do not move, as a standard deviation of white noise.
/// Source: Immerkaer 1996, doi:10.1006/cviu.1996.0060, with the median for the mean. Noise that a
/// codec has smoothed comes out lower than it is. 0 where fewer than 64 pixels can be told.
Noise noise_level(const cv::Mat& image, const cv::Mat& weight);

/// Adds the grain that `drawn` lacks of `there`: Gaussian, white, by variances. seed: of this face
/// in this frame; equal seeds give equal grain.
cv::Mat with_grain(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight, double amount,
                   std::uint64_t seed);

/// Blurs `drawn` by the Gaussian after which it is no sharper than `there`: by the ratio of two
/// scales' gradients, of which contrast and persons change little, less the frame's noise. It never
/// sharpens. side: of the face, pixels; the Gaussian's deviation is at most a thirtieth of it.
cv::Mat with_blur(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight, double side,
                  double amount);

/// Strength of an 8 x 8 block grid: mean step of luma across the blocks' edges over that between
/// other pixels, less 1; about 0 without compression. corner: of the image in the frame, whose grid
/// begins at its first pixel, as in JPEG and MPEG. 0 where nothing can be told.
double blockiness(const cv::Mat& image, const cv::Mat& weight, cv::Point corner);

/// `image` with the DCT coefficients of its 8 x 8 blocks quantized as JPEG of that quality (1..100)
/// does, chroma of full size. Source: ITU-T T.81, annex K; scaled as libjpeg scales.
cv::Mat quantized(const cv::Mat& image, cv::Point corner, int quality);

/// Compresses `drawn` until it shows as strong a block grid as `there`, by the quality of 95 to 10
/// that comes nearest; what shows no grid is left as it is, and so are codecs that smooth theirs.
cv::Mat with_compression(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight,
                         cv::Point corner, double amount);

}  // namespace cameo
