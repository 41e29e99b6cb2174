// SPDX-License-Identifier: MIT
#include "pipeline/mark/label.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {

void check_label(const std::string& text) {
  constexpr std::size_t kMost = 60;
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  check(plain && !text.empty() && text.size() <= kMost, ErrorCode::Usage, "label: wants 1 to ",
        kMost, " letters, digits and signs of ASCII, got \"", text, "\"");
}

void draw_label(cv::Mat& frame, const std::string& text) {
  check_label(text);
  constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
  constexpr int kFontHeight = 22;  // of its capitals at scale 1
  constexpr double kLeastHeight = 8, kShare = 30, kDark = 0.35;
  const double side = std::min(frame.cols, frame.rows);
  double scale = std::max(side / kShare, kLeastHeight) / kFontHeight;
  int below = 0;
  const cv::Size natural = cv::getTextSize(text, kFont, 1, 1, &below);
  // A height of margin on each side.
  const double widest = static_cast<double>(frame.cols) / (natural.width + 2 * kFontHeight);
  const double highest = static_cast<double>(frame.rows) / (natural.height + 2 * kFontHeight);
  scale = std::min({scale, widest, highest});
  const int thickness = std::max(1, cvRound(2 * scale));
  const cv::Size size = cv::getTextSize(text, kFont, scale, thickness, &below);
  const int margin = std::max(1, size.height / 2);
  const cv::Rect wanted(frame.cols - size.width - 3 * margin,
                        frame.rows - size.height - below - 3 * margin, size.width + 2 * margin,
                        size.height + below + 2 * margin);
  const cv::Rect box = wanted & cv::Rect(cv::Point(), frame.size());
  if (box.empty()) return;  // a picture of a few pixels
  cv::Mat letters(box.size(), CV_8U, cv::Scalar(0));
  cv::putText(letters, text, {margin, margin + size.height}, kFont, scale, cv::Scalar(255),
              thickness, cv::LINE_AA);
  cv::Mat place = frame(box), part, weight;
  place.convertTo(part, CV_32F, kDark);
  cv::merge(std::vector<cv::Mat>(3, letters), weight);
  weight.convertTo(weight, CV_32F, 1.0 / 255);
  const double most = frame.depth() == CV_16U ? 65535 : 255;
  part = part + (cv::Scalar::all(most) - part).mul(weight);
  part.convertTo(place, frame.depth());
}

}  // namespace cameo
