// SPDX-License-Identifier: MIT
#include "pipeline/compose/detail.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/converter.h"
#include "pipeline/compose/dense_flow.h"
#include "pipeline/compose/face_square.h"

namespace cameo {
namespace {

constexpr int kSignatureSide = 32;
constexpr int kFlowSide = 96;          // half as dear as 128, as good
constexpr std::size_t kNearest = 4;    // of one alone, skin jumps where another becomes nearest
constexpr double kLeastWeight = 0.03;  // of the nearest one's; less is not seen
constexpr double kFalloff = 0.5;       // of the weights: excess over the least distance, relative
constexpr double kAgreement = 14;      // levels; where images differ more, the detail fades
constexpr double kDetailShare = 1.6;   // of the fineness of frame to examples that keeps all detail
constexpr double kDetailSigma = 1.0 / 32;  // of a detail's side: coarser is left to the network
constexpr double kPhotoSigma = 1.0 / 12;   // of kFlowSide: what is coarser in photographs is light
constexpr double kPhotoContrast = 2;       // of Example::photo, so that bytes hold fine texture
constexpr int kLeastScale = 1, kMostScale = 4;
constexpr float kNothing = 128;  // in Example::detail

cv::Mat gray_of(const cv::Mat& image, int side) {
  cv::Mat bytes, gray, sized;
  image.convertTo(bytes, CV_8U);
  cv::cvtColor(bytes, gray, cv::COLOR_BGR2GRAY);
  const int interpolation = side < gray.cols ? cv::INTER_AREA : cv::INTER_LINEAR;
  cv::resize(gray, sized, {side, side}, 0, 0, interpolation);
  return sized;
}

/// A Gaussian of `sigma` pixels, borders repeated. A wide one is laid over fewer pixels, which at
/// edges differs by about a hundredth of their contrast.
cv::Mat low_pass(const cv::Mat& image, double sigma) {
  cv::Mat low;
  const int step = static_cast<int>(sigma / 2);
  if (step < 2) {
    cv::GaussianBlur(image, low, {}, sigma, sigma, cv::BORDER_REPLICATE);
    return low;
  }
  // Reduction is a box of variance 1/12, magnification a triangle of 1/6, in small pixels.
  const double rest = std::sqrt(sigma * sigma / (step * step) - 0.25);
  cv::Mat small;
  cv::resize(image, small, {image.cols / step, image.rows / step}, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(small, small, {}, rest, rest, cv::BORDER_REPLICATE);
  cv::resize(small, low, image.size(), 0, 0, cv::INTER_LINEAR);
  return low;
}

/// What low_pass takes away; both CV_32F.
cv::Mat high_pass(const cv::Mat& image, double sigma) {
  return image - low_pass(image, sigma);
}

/// 1 inside an ellipse about an aligned face, without hair and background.
cv::Mat face_ellipse(int side) {
  cv::Mat inside(side, side, CV_32FC1, cv::Scalar(0));
  cv::ellipse(inside, {side / 2, side / 2}, {side * 5 / 16, side * 6 / 16}, 0, 0, 360,
              cv::Scalar(1), cv::FILLED);
  return inside;
}

/// `image` (or a flow) at each pixel's place plus `flow`.
cv::Mat warped(const cv::Mat& image, const cv::Mat& flow) {
  cv::Mat grid(flow.size(), CV_32FC2);
  for (int y = 0; y < flow.rows; ++y) {
    const auto* from = flow.ptr<cv::Vec2f>(y);
    auto* to = grid.ptr<cv::Vec2f>(y);
    for (int x = 0; x < flow.cols; ++x)
      to[x] = from[x] + cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
  }
  cv::Mat out;
  cv::remap(image, out, grid, {}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return out;
}

cv::Mat smooth_flow(const cv::Mat& from, const cv::Mat& to) {
  cv::Mat flow = dense_flow(from, to);
  cv::GaussianBlur(flow, flow, {}, 1);
  return flow;
}

}  // namespace

cv::Mat face_signature(const cv::Mat& image) {
  static const cv::Mat weights = [] {
    cv::Mat soft;
    cv::GaussianBlur(face_ellipse(kSignatureSide), soft, {}, 1.5);
    return soft;
  }();
  cv::Mat gray;
  gray_of(image, 4 * kSignatureSide).convertTo(gray, CV_32F);
  gray = high_pass(gray, kSignatureSide / 2.0);
  cv::Mat small;
  cv::resize(gray, small, {kSignatureSide, kSignatureSide}, 0, 0, cv::INTER_AREA);
  return cv::Mat(small.mul(weights)).reshape(1, 1);
}

double fineness(const cv::Mat& face) {
  static const cv::Mat inside = face_ellipse(kFaceSide) > 0;
  cv::Mat gray;
  gray_of(face, kFaceSide).convertTo(gray, CV_32F);
  cv::Scalar mean, deviation;
  cv::meanStdDev(high_pass(gray, 2), mean, deviation, inside);
  return deviation[0];
}

DetailExamples::DetailExamples(std::span<const cv::Mat> faces, Swapper& own) {
  check(!faces.empty(), ErrorCode::Usage, "detail: no example was given");
  const FaceSquare square{.side = own.size(), .coverage = own.coverage()};
  int side = 0;
  for (const cv::Mat& face : faces) {
    check(face.type() == CV_8UC3 && face.rows == face.cols && !face.empty(), ErrorCode::Input,
          "detail: an example is ", face.cols, "x", face.rows,
          " pixels; expected a square of 8-bit BGR, as cameo extract writes");
    side = std::max(side, face.cols);
  }
  const double seen = square.coverage * static_cast<double>(side) / kFaceSide;
  scale_ = std::clamp(static_cast<int>(std::ceil(seen / square.side)), kLeastScale, kMostScale);
  side_ = scale_ * square.side;
  const FaceSquare fine{.side = side_, .coverage = square.coverage};
  std::vector<cv::Mat> inputs;
  inputs.reserve(faces.size());
  for (const cv::Mat& face : faces)
    inputs.push_back(sample_face(face, square, 0.5, cv::INTER_CUBIC));
  const std::vector<DrawnFace> rendered = run_swapper(own, inputs);
  double sum = 0;
  examples_.reserve(faces.size());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const cv::Mat& image = rendered[i].image;
    const cv::Mat sampled = sample_face(faces[i], fine, 0, cv::INTER_CUBIC);
    cv::Mat detail, photo;
    high_pass(sampled - magnified(image, scale_), side_ * kDetailSigma)
        .convertTo(detail, CV_8U, 1, kNothing);
    gray_of(sampled, kFlowSide).convertTo(photo, CV_32F);
    high_pass(photo, kFlowSide * kPhotoSigma).convertTo(photo, CV_8U, kPhotoContrast, kNothing);
    examples_.push_back({.signature = face_signature(image),
                         .gray = gray_of(image, kFlowSide),
                         .photo = photo,
                         .detail = BicubicImage(detail)});
    cv::Mat sized;
    cv::resize(faces[i], sized, {kFaceSide, kFaceSide}, 0, 0, cv::INTER_AREA);
    sum += fineness(sized);
  }
  fineness_ = sum / static_cast<double>(faces.size());
}

/// Adds the example's detail where it belongs in an image of this gray, weakened where the two
/// differ. Two images of one network say where a pore lies within a pixel or so, and the mean of
/// several examples would lose it: where `photo`, the nearest example's registered photograph, is
/// there already, the example's own is registered to it besides; else it becomes `photo`.
void DetailExamples::add_registered(const Example& example, const cv::Mat& gray, double weight,
                                    cv::Mat& photo, cv::Mat& sum) const {
  cv::Mat flow = smooth_flow(gray, example.gray);
  cv::Mat difference;
  cv::subtract(gray, warped(example.gray, flow), difference, {}, CV_32F);
  const cv::Mat registered = warped(example.photo, flow);
  if (photo.empty()) {
    photo = registered;
  } else {
    const cv::Mat rest = smooth_flow(photo, registered);
    flow = warped(flow, rest) + rest;
  }
  difference = cv::abs(high_pass(difference, kFlowSide / 16.0));
  cv::GaussianBlur(difference, difference, {}, 1.5);
  cv::Mat agreement;
  cv::multiply(difference, difference, agreement, -1 / (kAgreement * kAgreement));
  cv::exp(agreement, agreement);
  flow *= static_cast<double>(side_) / kFlowSide;
  cv::Mat moves;
  cv::merge(std::vector<cv::Mat>{flow, agreement}, moves);
  cv::resize(moves, moves, {side_, side_}, 0, 0, cv::INTER_LINEAR);
  example.detail.add_moved(moves, kNothing, static_cast<float>(weight), sum);
}

cv::Mat DetailExamples::detail_for(const cv::Mat& image) const {
  check(image.type() == CV_32FC3 && image.rows * scale_ == side_ && image.cols * scale_ == side_,
        "detail: an image of ", image.cols, "x", image.rows, ", expected ", side_ / scale_,
        " pixels along an edge");
  const cv::Mat signature = face_signature(image);
  std::vector<double> distances;
  distances.reserve(examples_.size());
  for (const Example& example : examples_)
    distances.push_back(cv::norm(signature, example.signature, cv::NORM_L2SQR));
  std::vector<std::size_t> order(examples_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t nearest = std::min(kNearest, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(nearest),
                    order.end(), [&](std::size_t a, std::size_t b) {
                      return std::pair(distances[a], a) < std::pair(distances[b], b);
                    });
  const double least = std::max(distances[order.front()], 1e-6);
  const cv::Mat gray = gray_of(image, kFlowSide);
  cv::Mat photo, sum(side_, side_, CV_32FC4, cv::Scalar::all(0));
  double weights = 0;
  for (std::size_t i = 0; i < nearest; ++i) {
    const double excess = distances[order[i]] - distances[order.front()];
    const double weight = std::exp(-excess / (kFalloff * least));
    if (weight < kLeastWeight) break;
    add_registered(examples_[order[i]], gray, weight, photo, sum);
    weights += weight;
  }
  cv::Mat detail;
  cv::cvtColor(sum, detail, cv::COLOR_BGRA2BGR);
  detail /= weights;
  return detail;
}

double DetailExamples::share_for(double fineness) const {
  return fineness_ <= 0 ? 1 : std::clamp(kDetailShare * fineness / fineness_, 0.0, 1.0);
}

}  // namespace cameo
