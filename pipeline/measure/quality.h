// SPDX-License-Identifier: MIT
#pragma once
#include <opencv2/core.hpp>

namespace cameo {

/// Peak signal-to-noise ratio of 8-bit BGR images in decibels, peak 255, over all channels.
/// mask: CV_8UC1, pixels counted where it is not 0; empty counts all. At most kMaxPsnr, which
/// stands for equal images, so that means stay finite.
/// Throws Error if the sizes differ or the mask holds nothing.
double psnr(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask = {});
inline constexpr double kMaxPsnr = 100;

/// Luma 0.114 B + 0.587 G + 0.299 R of an 8-bit BGR image, CV_64FC1 in 0..255: unrounded, for
/// rounding it to bytes would cost a digit of a measure.
cv::Mat luma(const cv::Mat& bgr);

/// Structural similarity of each pixel and its factor without the means, both CV_64FC1.
struct SsimMaps {
  cv::Mat ssim;      ///< luminance x contrast x structure
  cv::Mat contrast;  ///< contrast x structure, which multi-scale SSIM takes of each scale
};

/// ssim_map and its factor, of two luma images (CV_64FC1) of one size.
SsimMaps ssim_maps(const cv::Mat& x, const cv::Mat& y);

/// Structural similarity of each pixel: CV_64FC1 of the images' size, 1 where they are equal.
/// a, b: 8-bit BGR of one size; compared on luma 0.114 B + 0.587 G + 0.299 R.
/// Window: 11 x 11 Gaussian, sigma 1.5; K1 = 0.01, K2 = 0.03, L = 255. Past the edge the image is
/// mirrored without its last row; the valid part is what lies 5 pixels inside.
/// Source: Wang et al. 2004, doi:10.1109/TIP.2003.819861.
cv::Mat ssim_map(const cv::Mat& a, const cv::Mat& b);

/// The mean of ssim_map where mask (CV_8UC1) is not 0; without a mask over the valid part.
/// Throws Error if the sizes differ, the mask holds nothing, or a side is below 11.
double ssim(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask = {});

}  // namespace cameo
