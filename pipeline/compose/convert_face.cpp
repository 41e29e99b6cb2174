// SPDX-License-Identifier: MIT
#include "pipeline/compose/convert_face.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {

Transform to_samples(const Landmarks& landmarks, const FaceSquare& square) {
  const Transform face = align_to(align_unit(landmarks), kCropSize, kCropPadding);
  const double scale = 1 / square.step(), shift = -square.first() * scale;
  const Transform scaled = face * scale;
  return scaled + Transform(0, 0, shift, 0, 0, shift);
}

cv::Mat sample_face(const cv::Mat& face, const FaceSquare& square, double shift) {
  check(face.rows == kCropSize && face.cols == kCropSize, "sample_face: wants ", kCropSize, "x",
        kCropSize, " pixels, got ", face.cols, "x", face.rows);
  const double step = square.step(), first = square.first() + step * shift;
  cv::Mat real;
  face.convertTo(real, CV_32F);
  cv::Mat samples;
  cv::warpAffine(real, samples, Transform(step, 0, first, 0, step, first),
                 {square.side, square.side}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  return samples;
}

std::vector<cv::Mat> draw_faces(Swapper& swapper, std::span<const cv::Mat> squares) {
  const int side = swapper.size();
  const auto floats = static_cast<std::size_t>(side) * side * 3;
  const std::size_t most = std::max(swapper.batch(), 1);
  std::vector<cv::Mat> drawn;
  drawn.reserve(squares.size());
  std::vector<float> x;
  std::vector<float> y;
  for (std::size_t first = 0; first < squares.size(); first += most) {
    const std::size_t count = std::min(most, squares.size() - first);
    x.resize(count * floats);
    y.resize(count * floats);
    for (std::size_t i = 0; i < count; ++i) {
      const cv::Mat& square = squares[first + i];
      check(square.type() == CV_32FC3 && square.rows == side && square.cols == side,
            "draw_faces: the network takes ", side, "x", side, " float pixels, got ", square.cols,
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
      drawn.push_back(face);
    }
  }
  return drawn;
}

cv::Mat middle_of(const cv::Mat& face, int side) {
  const int first = (kCropSize - side) / 2;
  return face(cv::Rect(first, first, side, side));
}

cv::Mat resized(const cv::Mat& image, cv::Size size) {
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, cv::INTER_LINEAR);
  return result;
}

void floor_in_place(cv::Mat& image) {
  for (int y = 0; y < image.rows; ++y) {
    auto* value = image.ptr<float>(y);
    for (int i = 0; i < 3 * image.cols; ++i) value[i] = std::floor(value[i]);
  }
}

}  // namespace cameo
