// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Color transfer from the face that is covered to the one that is put over it.
enum class ColorMatch {
  None,
  Average,     ///< equal means of blue, green and red
  Lab,         ///< equal means and spreads of L, a, b
  Linear,      ///< equal means and covariances of blue, green and red: transport_linear()
  Histogram,   ///< equal histograms of blue, green and red: match_histograms()
  Sliced,      ///< equal distributions of color: transport_sliced()
  MultiScale,  ///< light and shadow of the covered face: replace_coarse_bands()
};

/// What options call the methods: `none`, `avg`, `lab`, `mkl`, `hist`, `sliced`, `multi-scale`.
std::vector<std::pair<std::string, ColorMatch>> color_words();

/// The method of that name. Throws Error (ErrorCode::Usage) naming all.
ColorMatch color_match(std::string_view name);

/// The shift to add to `drawn` so that its channels have the means of `there`, each pixel counted
/// by its weight. drawn, there: three channels of one size. weight: CV_32FC1 of that size, or empty
/// for a plain mean. All zero where the weights are. Source: the article's average colour option.
cv::Vec3d average_shift(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight);

/// `drawn` in the colours of `there`, measured inside `weight` and applied everywhere.
/// drawn, there: CV_32FC3 BGR in 0..255, of one size. weight: CV_32FC1 or empty. Result in 0..255.
/// Lab: Reinhard et al. 2001, doi:10.1109/38.946629, in CIE L*a*b*; a spread changes at most by a
/// factor of 2, so that a face half in shadow does not become a poster.
cv::Mat match_color(const cv::Mat& drawn, const cv::Mat& there, const cv::Mat& weight,
                    ColorMatch how);

}  // namespace cameo
