// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/error.h"
#include "pipeline/compose/converter.h"

namespace cameo {

std::vector<DrawnFace> run_swapper(Swapper& swapper, std::span<const cv::Mat> squares) {
  const int side = swapper.size();
  const auto floats = static_cast<std::size_t>(side) * side * 3;
  const std::size_t most = std::max(swapper.batch(), 1);
  std::vector<DrawnFace> faces;
  faces.reserve(squares.size());
  std::vector<float> x;
  std::vector<float> y;
  for (std::size_t first = 0; first < squares.size(); first += most) {
    const std::size_t count = std::min(most, squares.size() - first);
    x.resize(count * floats);
    y.resize(count * floats);
    for (std::size_t i = 0; i < count; ++i) {
      const cv::Mat& square = squares[first + i];
      check(square.type() == CV_32FC3 && square.rows == side && square.cols == side,
            "run_swapper: the network takes ", side, "x", side, " float pixels, got ", square.cols,
            "x", square.rows);
      cv::Mat slot(side, side, CV_32FC3, x.data() + i * floats);
      square.convertTo(slot, CV_32F, 1.0 / 255);
    }
    swapper.run(x, y, static_cast<int>(count));
    for (std::size_t i = 0; i < count; ++i) {
      cv::Mat face;
      cv::Mat(side, side, CV_32FC3, y.data() + i * floats).convertTo(face, CV_32F, 255);
      cv::min(face, cv::Scalar::all(255), face);
      cv::max(face, cv::Scalar::all(0), face);
      cv::Mat mask;
      if (swapper.has_mask()) {
        const float* const from = swapper.masks().data() + i * (floats / 3);
        mask = cv::Mat(side, side, CV_32FC1);
        std::copy_n(from, floats / 3, mask.ptr<float>());  // the next run writes over it
      }
      faces.push_back({.image = face, .mask = mask});
    }
  }
  return faces;
}

}  // namespace cameo
