// SPDX-License-Identifier: MIT
#include "pipeline/face/detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include <opencv2/imgproc.hpp>

#include "base/error.h"

namespace cameo {

// CAMEO_DETECTORS is CAMEO_DETECTOR(hog) CAMEO_DETECTOR(cnn) ..., one for each file that
// CMakeLists.txt lists.
#define CAMEO_DETECTOR(name) DetectorKind detector_##name();
CAMEO_DETECTORS
#undef CAMEO_DETECTOR

namespace {

/// `image` scaled and coloured as a detector is to see it.
cv::Mat prepared(const cv::Mat& frame, const DetectorOptions& options) {
  const int longest = std::max(frame.cols, frame.rows);
  double scale = std::exp2(options.upsample);
  if (options.max_side > 0 && longest > options.max_side)
    scale *= static_cast<double>(options.max_side) / longest;
  cv::Mat image = frame;
  if (options.swap_channels) cv::cvtColor(frame, image, cv::COLOR_BGR2RGB);
  if (scale == 1) return image;
  const cv::Size size(std::max(1, cvRound(frame.cols * scale)),
                      std::max(1, cvRound(frame.rows * scale)));
  cv::resize(image, image, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  return image;
}

}  // namespace

Detector::Detector(const DetectorOptions& options) : options_(options) {
  constexpr int kMostDoublings = 4;
  check(options.upsample >= 0 && options.upsample <= kMostDoublings, ErrorCode::Usage,
        "detector: upsample must be 0 to ", kMostDoublings, ", got ", options.upsample);
  check(options.max_side >= 0 && options.min_size >= 0, ErrorCode::Usage,
        "detector: longest side and least size must not be negative, got ", options.max_side,
        " and ", options.min_size);
}

std::vector<Detection> Detector::find(const cv::Mat& frame) {
  check(frame.type() == CV_8UC3 && !frame.empty(), "detector: needs 8-bit BGR, got ", frame.cols,
        "x", frame.rows, " of type ", frame.type());
  const cv::Mat image = prepared(frame, options_);
  const double sx = static_cast<double>(image.cols) / frame.cols;
  const double sy = static_cast<double>(image.rows) / frame.rows;
  const auto in_frame = [&](const cv::Point& p) {
    return cv::Point(cvRound(p.x / sx), cvRound(p.y / sy));
  };
  std::vector<Detection> faces;
  for (const auto& [box, score] : detect(image)) {
    const cv::Rect whole(in_frame(box.tl()), in_frame(box.br()));
    const cv::Rect clipped = whole & cv::Rect({0, 0}, frame.size());
    if (!clipped.empty() && std::min(clipped.width, clipped.height) >= options_.min_size)
      faces.push_back({clipped, score});
  }
  const auto rank = [](const Detection& d) {
    return std::tuple(-d.box.area(), -d.score, d.box.x, d.box.y);
  };
  std::sort(faces.begin(), faces.end(),
            [&](const Detection& a, const Detection& b) { return rank(a) < rank(b); });
  return faces;
}

std::span<const DetectorKind> detectors() {
#define CAMEO_DETECTOR(name) detector_##name(),
  static const std::array all{CAMEO_DETECTORS};
#undef CAMEO_DETECTOR
  return all;
}

std::unique_ptr<Detector> make_detector(const DetectorOptions& options,
                                        const ModelFolders& folders) {
  std::string names;
  for (const DetectorKind& kind : detectors()) {
    if (kind.name == options.name) return kind.make(options, folders);
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  fail(ErrorCode::Usage, "detector: none is called '", options.name, "'; there are ", names);
}

}  // namespace cameo
