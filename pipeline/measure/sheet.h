// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Images side by side for people to compare.
struct SheetOptions {
  int cell = 192;  ///< side of the square that each image is fitted into, pixels
  int gap = 6;     ///< between cells and around them, pixels
};

/// Rows of 8-bit BGR images under one line of column titles, on white.
/// Every row holds as many images as there are titles; an empty image leaves its cell empty.
/// Images keep their shape. Throws Error if a row has another length or there is no row.
cv::Mat contact_sheet(std::span<const std::string> titles,
                      std::span<const std::vector<cv::Mat>> rows, const SheetOptions& options = {});

}  // namespace cameo
