// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

constexpr int kFirstBrow = 17;
constexpr int kLastBrow = 26;
constexpr double kBrowLift = 0.06;  // half a brow's height, in sides of the mean face
constexpr double kForehead = 0.3;   // from the brows to below the hair, in the same measure
constexpr double kTemples = 1.15;   // the arch of the forehead is so much wider than the brows
constexpr int kArchPoints = 24;     // enough that their chords are not seen
constexpr double kFeather = 0.08, kLearnedFeather = 0.05;
constexpr double kLearnedSmooth = 1.0 / 64;

/// The network's square as it lies in the frame.
struct Square {
  std::array<cv::Point2d, 4> corners;  ///< its outermost pixels
  cv::Point2d up;                      ///< its left edge, from the bottom to the top
  double lift = kBrowLift;             ///< how far the hull rises above the brows, in sides
  double arch = 0;                     ///< how far its middle rises above that, in sides
  double side = 0;                     ///< in pixels of the frame
};

Square square_in_frame(const Transform& to_square, int side) {
  const Transform back = invert(to_square);
  const double last = side - 1;
  const auto at = [&](double x, double y) {
    const cv::Vec2d p = back * cv::Vec3d(x, y, 1);
    return cv::Point2d(p[0], p[1]);
  };
  Square square{.corners = {at(0, 0), at(last, 0), at(last, last), at(0, last)}};
  square.up = square.corners[0] - square.corners[3];
  square.side = std::hypot(square.up.x, square.up.y);
  return square;
}

/// A square that ends at the brows leaves room for their upper halves only; one that shows more
/// than the mean face takes the forehead in, as far as it goes.
void raise(Square& square, const Transform& unit, const MaskOptions& options) {
  const double face =
      1 / std::hypot(unit(0, 0), unit(1, 0));  // side of the mean face, frame pixels
  const double room = std::max((square.side / face - 1) / 2, 0.0);
  square.lift = std::min(kBrowLift + room, kForehead) * face / square.side;
  if (room == 0 || options.whole_frame) return;
  square.arch = square.lift - kBrowLift * face / square.side;
  square.lift -= square.arch;
}

/// The part of the frame that holds square and landmarks with `margin` pixels around them.
cv::Rect reach(cv::Size frame, const Landmarks& landmarks, const Square& square, int margin) {
  double left = square.corners[0].x;
  double right = left;
  double top = square.corners[0].y;
  double bottom = top;
  const auto include = [&](const cv::Point2d& p) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  };
  for (const cv::Point2d& p : square.corners) include(p);
  for (const cv::Point2f& p : landmarks) include(p);
  const cv::Point2d corner(std::floor(left) - margin, std::floor(top) - margin);
  const cv::Point2d end(std::ceil(right) + margin + 1, std::ceil(bottom) + margin + 1);
  return cv::Rect2d(corner, end) & cv::Rect2d(0, 0, frame.width, frame.height);
}

void erode_by(cv::Mat& mask, int size) {
  if (size == 0) return;
  const int side = std::abs(size);
  const cv::Mat ellipse = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
  if (size > 0) {
    cv::erode(mask, mask, ellipse);
  } else {
    cv::dilate(mask, mask, ellipse);
  }
}

void box_blur(cv::Mat& mask, int size) {
  if (size > 1) cv::blur(mask, mask, {size, size});
}

/// How far each pixel of a 0/1 mask lies from its outside, in sides of the square.
cv::Mat depth_of(const cv::Mat& mask, double square) {
  cv::Mat inside;
  cv::threshold(mask, inside, 0.5, 255, cv::THRESH_BINARY);
  inside.convertTo(inside, CV_8U);
  cv::Mat depth;
  cv::distanceTransform(inside, depth, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return depth / square;
}

float fade(float depth, double width) {
  const float t = std::min(depth / static_cast<float>(width), 1.0F);
  return t * t * (3 - 2 * t);
}

/// The forehead's outline: half an ellipse over the brows, no higher than the square.
std::vector<cv::Point2f> arch(const Landmarks& landmarks, const Square& square) {
  const cv::Point2d first(landmarks[kFirstBrow]);
  const cv::Point2d last(landmarks[kLastBrow]);
  const cv::Point2d middle = (first + last) / 2;
  const cv::Point2d half = (last - first) * (kTemples / 2);
  const auto height_of = [&](const cv::Point2d& p) {  // above the middle, in sides
    return square.up.dot(p - middle) / (square.side * square.side);
  };
  double brows = 0;
  for (int i = kFirstBrow; i <= kLastBrow; ++i)
    brows = std::max(brows, height_of(cv::Point2d(landmarks[i])));
  const double height = std::min(brows + square.lift + square.arch, height_of(square.corners[0]));
  std::vector<cv::Point2f> points;
  for (int k = 0; k <= kArchPoints; ++k) {
    const double angle = CV_PI * k / kArchPoints;
    points.emplace_back(middle + half * std::cos(angle) + square.up * (height * std::sin(angle)));
  }
  return points;
}

/// All landmarks, with the forehead over them or without.
std::vector<cv::Point2f> hull_points(const Landmarks& landmarks, const Square& square,
                                     bool forehead) {
  std::vector<cv::Point2f> points(landmarks.begin(), landmarks.end());
  if (!forehead) return points;
  for (int i = kFirstBrow; i <= kLastBrow; ++i)
    points.push_back(landmarks[i] + cv::Point2f(square.up * square.lift));
  if (square.arch > 0) {
    const std::vector<cv::Point2f> above = arch(landmarks, square);
    points.insert(points.end(), above.begin(), above.end());
  }
  return points;
}

/// The ellipse in the box around the points whose sides are the square's.
std::vector<cv::Point2f> ellipse_in(std::span<const cv::Point2f> points, const Square& square) {
  const cv::Point2d up = square.up / square.side, right(-up.y, up.x);
  cv::Point2d least(1e9, 1e9), most(-1e9, -1e9);
  for (const cv::Point2f& p : points) {
    const cv::Point2d at(right.dot(p), up.dot(p));
    least = {std::min(least.x, at.x), std::min(least.y, at.y)};
    most = {std::max(most.x, at.x), std::max(most.y, at.y)};
  }
  const cv::Point2d middle = (least + most) / 2, half = (most - least) / 2;
  std::vector<cv::Point2f> outline;
  for (int k = 0; k < 4 * kArchPoints; ++k) {
    const double angle = CV_PI * k / (2 * kArchPoints);
    outline.emplace_back(right * (middle.x + half.x * std::cos(angle)) +
                         up * (middle.y + half.y * std::sin(angle)));
  }
  return outline;
}

/// The convex outline that one shape has in the frame, as far as something was drawn there.
std::vector<cv::Point2f> outline(const Landmarks& landmarks, const Square& square, MaskKind shape) {
  std::vector<cv::Point2f> edge(square.corners.begin(), square.corners.end());
  if (shape == MaskKind::Rect) return edge;
  std::vector<cv::Point2f> points = hull_points(landmarks, square, shape != MaskKind::Hull);
  if (shape == MaskKind::Ellipse) points = ellipse_in(points, square);
  std::vector<cv::Point2f> hull;
  std::vector<cv::Point2f> common;
  cv::convexHull(points, hull);
  cv::intersectConvexConvex(hull, edge, common);
  return common;
}

cv::Mat filled(std::span<const cv::Point2f> points, const cv::Rect& where, int type = CV_32FC1) {
  cv::Mat mask(where.size(), type, cv::Scalar(0));
  if (points.empty()) return mask;
  std::vector<cv::Point> whole;
  for (const cv::Point2f p : points) {
    whole.emplace_back(cvRound(p.x) - where.x, cvRound(p.y) - where.y);
  }
  std::vector<cv::Point> hull;
  cv::convexHull(whole, hull);
  cv::fillConvexPoly(mask, hull, cv::Scalar(1));
  return mask;
}

/// 1 where the drawn square reaches: laid over as the face itself is.
cv::Mat drawn_part(const Transform& to_square, int side, const cv::Rect& where) {
  // warp_back of an image of ones, without sampling it: the steps in which cv::warpAffine finds
  // where a pixel comes from.
  constexpr int kBits = 10, kRound = 16;
  const Transform to = from_corner(to_square, where.tl()) * (1 << kBits);
  const auto steps = [&](int row) {
    std::vector<int> along(static_cast<std::size_t>(where.width));
    for (int x = 0; x < where.width; ++x)
      along[static_cast<std::size_t>(x)] = cv::saturate_cast<int>(to(row, 0) * x);
    return along;
  };
  const std::vector<int> right = steps(0), down = steps(1);
  const unsigned end = static_cast<unsigned>(side) << kBits;
  cv::Mat inside(where.size(), CV_8UC1);
  for (int y = 0; y < where.height; ++y) {
    const int left = cv::saturate_cast<int>(to(0, 1) * y + to(0, 2)) + kRound;
    const int top = cv::saturate_cast<int>(to(1, 1) * y + to(1, 2)) + kRound;
    auto* out = inside.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < right.size(); ++x)
      out[x] = static_cast<std::uint8_t>((static_cast<unsigned>(left + right[x]) < end) &
                                         (static_cast<unsigned>(top + down[x]) < end));
  }
  inside.convertTo(inside, CV_32F);
  return inside;
}

/// Takes a mask back that was blurred to the edge of what was drawn.
void fade_at_rim(cv::Mat& mask, const cv::Mat& drawn, const Square& square, double width) {
  const cv::Mat depth = depth_of(drawn, square.side);
  for (int y = 0; y < mask.rows; ++y) {
    const auto* room = depth.ptr<float>(y);
    auto* weight = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) weight[x] = std::min(weight[x], fade(room[x], width));
  }
}

/// What all shapes of a kind have in common; the square alone if it has none but that.
cv::Mat common_inside(const Landmarks& landmarks, const Square& square, const cv::Rect& where,
                      MaskKind kind, int type = CV_32FC1) {
  cv::Mat inside;
  for (const MaskKind shape :
       {MaskKind::FaceHull, MaskKind::Extended, MaskKind::Hull, MaskKind::Ellipse}) {
    if (!has(kind, shape)) continue;
    const cv::Mat mask = filled(outline(landmarks, square, shape), where, type);
    inside = inside.empty() ? mask : inside.mul(mask);
  }
  if (!inside.empty()) return inside;
  return filled(outline(landmarks, square, MaskKind::Rect), where, type);
}

/// The outlines' inside with its soft edge. The outline ends where the square does, so the fade is
/// the square's as well.
cv::Mat feathered_mask(const Landmarks& landmarks, const Square& square, const cv::Mat& drawn,
                       const cv::Rect& where, const MaskOptions& options) {
  cv::Mat mask = common_inside(landmarks, square, where, options.kind);
  erode_by(mask, options.erosion);
  mask = mask.mul(drawn);  // grown again, it may reach too far
  const cv::Mat depth = depth_of(mask, square.side);
  for (int y = 0; y < mask.rows; ++y) {
    const auto* from = depth.ptr<float>(y);
    auto* to = mask.ptr<float>(y);
    for (int x = 0; x < mask.cols; ++x) to[x] = fade(from[x], options.feather);
  }
  box_blur(mask, options.blur);
  if (options.blur > 1 && !options.whole_frame) fade_at_rim(mask, drawn, square, options.feather);
  return mask;
}

/// The article's masks: all or nothing up to the blur.
cv::Mat plain_mask(const Landmarks& landmarks, const Square& square, const PlacedSquare& placed,
                   const cv::Rect& where, const MaskOptions& options) {
  const int type = options.whole_frame ? CV_64FC1 : CV_32FC1;
  cv::Mat mask(where.size(), type, cv::Scalar(1));
  const MaskKind further = MaskKind::Extended | MaskKind::Hull | MaskKind::Ellipse;
  if (has(options.kind, MaskKind::FaceHull)) mask = filled(landmarks, where, type);
  if (has(options.kind, further)) {
    const MaskKind shapes{static_cast<unsigned>(options.kind) & static_cast<unsigned>(further)};
    mask = mask.mul(common_inside(landmarks, square, where, shapes, type));
  }
  if (has(options.kind, further | MaskKind::Rect))
    mask = mask.mul(warp_back(cv::Mat(placed.side, placed.side, type, cv::Scalar(1)),
                              placed.to_square, cv::Mat::zeros(where.size(), type), where));
  erode_by(mask, options.erosion);
  box_blur(mask, options.blur);
  return mask;
}

}  // namespace

MaskOptions chosen_mask(MaskOptions options, bool learned) {
  constexpr auto kChosen = static_cast<unsigned>(MaskKind::Auto);
  if (has(options.kind, MaskKind::Auto))
    options.kind = MaskKind{static_cast<unsigned>(options.kind) & ~kChosen} |
                   (learned ? MaskKind::LearnedFaceHull : MaskKind::FaceHullAndRect);
  if (options.feather == kAutoFeather)
    options.feather = is_learned(options.kind) ? kLearnedFeather : kFeather;
  return options;
}

Mask make_mask(cv::Size frame, const Landmarks& landmarks, const PlacedSquare& placed,
               const MaskOptions& options) {
  check(options.blur >= 0, ErrorCode::Usage, "mask: blur must be >= 0, got ", options.blur);
  check(options.feather >= 0 && options.feather <= 0.5, ErrorCode::Usage,
        "mask: feather must be in 0..0.5, got ", options.feather);
  check_ibug68("mask", landmarks);
  const auto& [unit, to_square, side] = placed;
  Square square = square_in_frame(to_square, side);
  raise(square, unit, options);
  const int margin = std::abs(options.erosion) + options.blur + 4;
  Mask mask{.where = reach(frame, landmarks, square, margin)};
  if (mask.where.empty()) return mask;
  if (options.whole_frame) mask.where = {{0, 0}, frame};
  mask.weight = options.feather > 0
                    ? feathered_mask(landmarks, square, drawn_part(to_square, side, mask.where),
                                     mask.where, options)
                    : plain_mask(landmarks, square, placed, mask.where, options);
  if (options.whole_frame) return mask;
  cv::min(mask.weight, 1, mask.weight);
  cv::max(mask.weight, 0, mask.weight);
  return mask;
}

void limit_to_learned(Mask& mask, const cv::Mat& learned, const PlacedSquare& placed,
                      const MaskOptions& options) {
  check(learned.type() == CV_32FC1 && learned.rows == placed.side && learned.cols == placed.side,
        "mask: a learned one must be ", placed.side, "x", placed.side, " float, got ", learned.cols,
        "x", learned.rows);
  cv::Mat inside;
  cv::GaussianBlur(learned, inside, {0, 0}, kLearnedSmooth * placed.side, 0, cv::BORDER_REPLICATE);
  inside = cv::max(2 * inside - 1, 0);
  cv::Mat there;  // beyond the square its rim goes on: the mask ends there by itself
  cv::warpAffine(inside, there, from_corner(placed.to_square, mask.where.tl()), mask.where.size(),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  erode_by(there, options.erosion);
  box_blur(there, options.blur);
  cv::min(mask.weight, there, mask.weight);
}

}  // namespace cameo
