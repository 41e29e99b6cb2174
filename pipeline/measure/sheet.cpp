// SPDX-License-Identifier: MIT
#include "pipeline/measure/sheet.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kTitleHeight = 26;

void fit_into(const cv::Mat& image, const cv::Mat& cell) {
  const double scale = std::min(static_cast<double>(cell.cols) / image.cols,
                                static_cast<double>(cell.rows) / image.rows);
  const cv::Size size(std::clamp(cvRound(image.cols * scale), 1, cell.cols),
                      std::clamp(cvRound(image.rows * scale), 1, cell.rows));
  cv::Mat fitted;
  cv::resize(image, fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  const cv::Point corner((cell.cols - size.width) / 2, (cell.rows - size.height) / 2);
  fitted.copyTo(cell(cv::Rect(corner, size)));
}

void write_title(cv::Mat& sheet, const std::string& title, int left, int width) {
  constexpr double kScale = 0.5;
  int base = 0;
  const cv::Size size = cv::getTextSize(title, cv::FONT_HERSHEY_SIMPLEX, kScale, 1, &base);
  const double scale = size.width > width ? kScale * width / size.width : kScale;
  const int indent = std::max(0, (width - size.width) / 2);
  cv::putText(sheet, title, {left + indent, kTitleHeight - 8}, cv::FONT_HERSHEY_SIMPLEX, scale,
              cv::Scalar::all(40), 1, cv::LINE_AA);
}

}  // namespace

cv::Mat contact_sheet(std::span<const std::string> titles,
                      std::span<const std::vector<cv::Mat>> rows, const SheetOptions& options) {
  check(!rows.empty() && !titles.empty(), "sheet: nothing to show");
  check(options.cell > 0 && options.gap >= 0, "sheet: cells of ", options.cell, " pixels, gaps of ",
        options.gap);
  const int step = options.cell + options.gap;
  const int width = static_cast<int>(titles.size()) * step + options.gap;
  const int height = static_cast<int>(rows.size()) * step + options.gap + kTitleHeight;
  cv::Mat sheet(height, width, CV_8UC3, cv::Scalar::all(255));
  for (std::size_t column = 0; column < titles.size(); ++column) {
    const int left = options.gap + static_cast<int>(column) * step;
    write_title(sheet, titles[column], left, options.cell);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      check(rows[row].size() == titles.size(), "sheet: row ", row, " holds ", rows[row].size(),
            " images under ", titles.size(), " titles");
      const cv::Mat& image = rows[row][column];
      if (image.empty()) continue;
      check(image.type() == CV_8UC3, "sheet: wants 8-bit BGR images");
      const int top = kTitleHeight + options.gap + static_cast<int>(row) * step;
      fit_into(image, sheet(cv::Rect(left, top, options.cell, options.cell)));
    }
  }
  return sheet;
}

}  // namespace cameo
