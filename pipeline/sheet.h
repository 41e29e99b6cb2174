// SPDX-License-Identifier: MIT
#pragma once
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Pictures side by side for people to compare.
struct SheetOptions {
  int cell = 192;  ///< side of the square that each picture is fitted into, pixels
  int gap = 6;     ///< between cells and around them, pixels
};

/// Rows of 8-bit BGR pictures under one line of column titles, on white.
/// Every row holds as many pictures as there are titles; an empty picture leaves its cell empty.
/// Pictures keep their shape. Throws Error if a row has another length or there is no row.
cv::Mat contact_sheet(std::span<const std::string> titles,
                      std::span<const std::vector<cv::Mat>> rows, const SheetOptions& options = {});

}  // namespace cameo
