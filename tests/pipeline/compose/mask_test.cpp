// SPDX-License-Identifier: MIT
#include "pipeline/compose/mask.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/blend.h"
#include "pipeline/compose/face_square.h"
#include "pipeline/face/align.h"
#include "tests/pipeline/fakes.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr int kSide = 64;
const cv::Size kUsualFrame(320, 240);

cv::Mat whole(const Mask& mask, cv::Size frame = kUsualFrame) {
  cv::Mat all = cv::Mat::zeros(frame, CV_32FC1);
  if (!mask.where.empty()) mask.weight.copyTo(all(mask.where));
  return all;
}

/// The mean face's unit square, and no more.
PlacedSquare square_of(const Landmarks& landmarks) {
  const Transform unit = align_unit(landmarks);
  return {.unit = unit, .to_square = unit * static_cast<double>(kSide), .side = kSide};
}

cv::Mat mask_of(const Landmarks& landmarks, const MaskOptions& options) {
  return whole(make_mask(kUsualFrame, landmarks, square_of(landmarks), options));
}

Landmarks turned_face() {
  return drawn_landmarks({160, 120}, 110, 15);
}

cv::Mat hard(MaskKind kind) {
  return mask_of(turned_face(), {.kind = kind, .feather = 0});
}

/// Place of a frame's pixel in the square.
cv::Vec2d in_square(const Landmarks& landmarks, int x, int y) {
  return align_unit(landmarks) * static_cast<double>(kSide) * cv::Vec3d(x, y, 1);
}

/// The greatest weights beyond what was drawn, and up to half a pixel inside of it.
struct Edge {
  float outside = 0;
  float rim = 0;
};

Edge edge_of(int coverage, const MaskOptions& options) {
  const cv::Size frame(640, 480);
  const Landmarks face = drawn_landmarks({320, 240}, 250, 15);
  const PlacedSquare placed = place_square(face, {.side = kSide, .coverage = coverage});
  const Transform& to_square = placed.to_square;
  const cv::Mat mask = whole(make_mask(frame, face, placed, options), frame);
  const double pixel = std::hypot(to_square(0, 0), to_square(1, 0));
  Edge edge;
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      const cv::Vec2d at = to_square * cv::Vec3d(x, y, 1);
      const double depth = std::min(std::min(at[0], at[1]), kSide - std::max(at[0], at[1])) / pixel;
      if (depth < -0.5) edge.outside = std::max(edge.outside, mask.at<float>(y, x));
      if (depth < 0.5) edge.rim = std::max(edge.rim, mask.at<float>(y, x));
    }
  }
  return edge;
}

}  // namespace

TEST_CASE("the mask that is chosen is the network's within the hull where it has learned one") {
  const MaskOptions automatic{.kind = MaskKind::Auto | MaskKind::KeepEyes, .feather = kAutoFeather};
  const MaskOptions learned = chosen_mask(automatic, true), plain = chosen_mask(automatic, false);
  CHECK(learned.kind == (MaskKind::LearnedFaceHull | MaskKind::KeepEyes));
  CHECK(plain.kind == (MaskKind::FaceHullAndRect | MaskKind::KeepEyes));
  CHECK(learned.feather < plain.feather);
  CHECK(plain.feather == MaskOptions{}.feather);
  // What was named stays as it is.
  const MaskOptions named{.kind = MaskKind::Hull, .feather = 0.2};
  CHECK(chosen_mask(named, true).kind == MaskKind::Hull);
  CHECK(chosen_mask(named, true).feather == 0.2);
  CHECK(chosen_mask({.kind = MaskKind::Hull, .feather = kAutoFeather}, true).feather ==
        plain.feather);
}

TEST_CASE("a learned mask counts from the face's edge inwards, without ragged pixels") {
  // An edge as training draws it, 1/2 at column 64, and noise of every other pixel on it.
  cv::Mat learned(128, 128, CV_32FC1);
  for (int y = 0; y < learned.rows; ++y)
    for (int x = 0; x < learned.cols; ++x)
      learned.at<float>(y, x) = std::clamp(
          0.5F + static_cast<float>(x - 64) / 8 + ((x + y) % 2 == 0 ? 0.2F : -0.2F), 0.0F, 1.0F);
  const PlacedSquare placed{
      .unit = {1, 0, 0, 0, 1, 0}, .to_square = {1, 0, 0, 0, 1, 0}, .side = 128};
  Mask mask{.where = {0, 0, 128, 128}, .weight = cv::Mat(128, 128, CV_32FC1, cv::Scalar(1))};
  limit_to_learned(mask, learned, placed, {});
  for (int y = 8; y < 120; ++y) {
    const auto* const row = mask.weight.ptr<float>(y);
    CHECK(row[60] == 0);
    CHECK(row[63] < 0.02);
    CHECK(row[66] == doctest::Approx(0.5).epsilon(0.1));
    CHECK(row[74] > 0.98);
    for (int x = 61; x < 74; ++x) CHECK(row[x] <= row[x + 1] + 0.01);
  }
}

TEST_CASE("the rect mask is the aligned square") {
  const cv::Mat mask = hard(MaskKind::Rect);
  int wrong = 0;
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      const cv::Vec2d at = in_square(turned_face(), x, y);
      const double near = 0.05;  // pixels of the square; the warp rounds places to 1/32
      const bool inside =
          at[0] > near && at[1] > near && at[0] < kSide - near && at[1] < kSide - near;
      const bool outside =
          at[0] < -near || at[1] < -near || at[0] > kSide + near || at[1] > kSide + near;
      const float w = mask.at<float>(y, x);
      if ((inside && std::abs(w - 1) > 1e-6) || (outside && w != 0)) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a feathered mask, grown, ends with the pixels that a drawn face is laid over") {
  for (const float angle : {0.0F, 15.0F, -70.0F, 180.0F}) {
    CAPTURE(angle);
    const Landmarks face = drawn_landmarks({160, 120}, 110, angle);
    const PlacedSquare square = square_of(face);
    const cv::Mat laid = warp_back(cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(1)), square.to_square,
                                   cv::Mat::zeros(kUsualFrame, CV_32FC1), {{0, 0}, kUsualFrame});
    const cv::Mat mask = mask_of(face, {.kind = MaskKind::Rect, .erosion = -8, .feather = 0.01});
    CHECK(cv::countNonZero((mask > 0) != (laid > 0.5)) == 0);
  }
}

TEST_CASE("the facehull mask is the convex hull of all 68 points") {
  const cv::Mat mask = hard(MaskKind::FaceHull);
  std::vector<cv::Point> points;
  for (const cv::Point2f p : turned_face()) points.emplace_back(cvRound(p.x), cvRound(p.y));
  std::vector<cv::Point> hull;
  cv::convexHull(points, hull);
  int wrong = 0;
  for (int y = 0; y < mask.rows; ++y) {
    for (int x = 0; x < mask.cols; ++x) {
      const double inside = cv::pointPolygonTest(hull, cv::Point(x, y), true);
      const float w = mask.at<float>(y, x);
      if ((inside > 1 && w != 1) || (inside < -1 && w != 0)) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("facehullandrect is the product of the two") {
  const cv::Mat product = hard(MaskKind::Rect).mul(hard(MaskKind::FaceHull));
  CHECK(largest_difference(hard(MaskKind::FaceHullAndRect), product) < 1e-6);
  CHECK(cv::sum(product)[0] < 0.99 * cv::sum(hard(MaskKind::Rect))[0]);
  CHECK(cv::sum(product)[0] < 0.95 * cv::sum(hard(MaskKind::FaceHull))[0]);
}

TEST_CASE("erosion shrinks and negative erosion grows, by half the ellipse") {
  for (const double feather : {0.0, 0.1}) {
    CAPTURE(feather);
    const auto area = [&](int erosion) {
      const cv::Mat mask = mask_of(turned_face(), {.erosion = erosion, .feather = feather});
      return cv::sum(mask)[0];
    };
    CHECK(area(9) < area(5));
    CHECK(area(5) < area(0));
    CHECK(area(0) < area(-5));
  }
  const cv::Mat plain = hard(MaskKind::Rect);
  cv::Mat eroded;
  cv::erode(plain, eroded, cv::getStructuringElement(cv::MORPH_ELLIPSE, {7, 7}));
  const cv::Mat ours = mask_of(turned_face(), {.kind = MaskKind::Rect, .erosion = 7, .feather = 0});
  CHECK(largest_difference(ours, eroded) < 1e-6);
}

TEST_CASE("the article's blur is a box over the hard mask") {
  cv::Mat blurred;
  cv::blur(hard(MaskKind::FaceHullAndRect), blurred, {2, 2});
  CHECK(largest_difference(mask_of(turned_face(), article_mask()), blurred) < 1e-6);
}

TEST_CASE("a feather fades inwards and never leaves the square") {
  for (const MaskKind kind : {MaskKind::Rect, MaskKind::FaceHull, MaskKind::FaceHullAndRect}) {
    const cv::Mat mask = mask_of(turned_face(), {.kind = kind, .feather = 0.12});
    double most = 0;
    cv::minMaxLoc(mask, nullptr, &most);
    CHECK(most == doctest::Approx(1));
    int outside = 0;
    int between = 0;
    for (int y = 0; y < mask.rows; ++y) {
      for (int x = 0; x < mask.cols; ++x) {
        const cv::Vec2d at = in_square(turned_face(), x, y);
        const bool in = at[0] > -0.05 && at[1] > -0.05 && at[0] < kSide && at[1] < kSide;
        if (!in && mask.at<float>(y, x) > 0) ++outside;
        if (mask.at<float>(y, x) > 0.05 && mask.at<float>(y, x) < 0.95) ++between;
      }
    }
    CHECK(outside == 0);
    CHECK(between > 1000);
  }
}

TEST_CASE("no kind of mask ends at the square's edge in a line: it fades as far as its feather") {
  const MaskOptions usual;
  for (const MaskKind kind : {MaskKind::Rect, MaskKind::FaceHull, MaskKind::FaceHullAndRect,
                              MaskKind::Learned, MaskKind::LearnedFaceHull}) {
    for (const int coverage : {160, 224}) {
      const Landmarks face = drawn_landmarks({320, 240}, 250, 15);
      const PlacedSquare placed = place_square(face, {.side = kSide, .coverage = coverage});
      const cv::Size frame(640, 480);
      const cv::Mat mask = whole(make_mask(frame, face, placed, {.kind = kind}), frame);
      int wrong = 0;
      for (int y = 0; y < mask.rows; ++y) {
        for (int x = 0; x < mask.cols; ++x) {
          const cv::Vec2d at = placed.to_square * cv::Vec3d(x, y, 1);
          const double depth = std::min(std::min(at[0], at[1]), kSide - 1 - std::max(at[0], at[1]));
          // A pixel of the frame is a hundredth of a side or less.
          const double t = std::clamp((depth / kSide + 0.01) / usual.feather, 0.0, 1.0);
          wrong += mask.at<float>(y, x) > t * t * (3 - 2 * t) + 1e-6 ? 1 : 0;
        }
      }
      CAPTURE(static_cast<int>(kind));
      CAPTURE(coverage);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("the feather is as wide at the brows as at the sides") {
  const Landmarks level = drawn_landmarks({160, 120}, 110, 0);
  const cv::Mat mask = mask_of(level, {.kind = MaskKind::Rect, .feather = 0.15});
  const auto depth = [&](cv::Point at, cv::Point step) {
    int pixels = 0;
    for (cv::Point p = at; mask.at<float>(p) > 0; p += step) pixels += mask.at<float>(p) < 0.99F;
    return pixels;
  };
  const cv::Point middle(160, 120);
  CHECK(depth(middle, {0, -1}) == doctest::Approx(depth(middle, {-1, 0})).epsilon(0.2));
  CHECK(depth(middle, {0, 1}) == doctest::Approx(depth(middle, {-1, 0})).epsilon(0.2));
}

TEST_CASE("over a forehead that was drawn the mask rises in an arch and fades as at the sides") {
  const Landmarks level = drawn_landmarks({160, 120}, 90, 0);
  const PlacedSquare placed = place_square(level, {.side = kSide, .coverage = 224});
  const Transform& to_square = placed.to_square;
  const MaskOptions options;
  const cv::Mat mask = whole(make_mask(kUsualFrame, level, placed, options));
  const double side = kSide / std::hypot(to_square(0, 0), to_square(1, 0));  // in the frame
  // The fade's slope is at most 1.5 / width; depths are counted in whole and diagonal pixels.
  const double steepest = 1.5 / (options.feather * side) * 1.1;
  const int brows = cvRound(level[19].y);
  double slope = 0;
  for (int y = 1; y < brows; ++y) {
    for (int x = 1; x < mask.cols; ++x) {
      const float w = mask.at<float>(y, x);
      slope = std::max<double>(slope, std::abs(w - mask.at<float>(y - 1, x)));
      slope = std::max<double>(slope, std::abs(w - mask.at<float>(y, x - 1)));
    }
  }
  CHECK(slope <= steepest);
  const auto top = [&](float x) {
    int y = 0;
    while (y < mask.rows && mask.at<float>(y, cvRound(x)) < 0.5F) ++y;
    return y;
  };
  const int middle = top(level[27].x);
  for (const int end : {17, 26}) CHECK(top(level[end].x) > middle + 0.1 * side);
  for (const int half : {18, 25}) {
    CHECK(top(level[half].x) > middle + 0.02 * side);
    CHECK(top(level[half].x) < top(level[half < 20 ? 17 : 26].x));
  }
  for (int i = 18; i <= 25; ++i) CHECK(mask.at<float>(cv::Point(level[i])) > 0.9);
}

TEST_CASE("no kind, growth or blur carries a feathered mask to the edge of what was drawn") {
  const std::vector<MaskKind> kinds{MaskKind::Rect, MaskKind::FaceHull, MaskKind::FaceHullAndRect,
                                    MaskKind::Hull, MaskKind::Extended, MaskKind::Ellipse};
  for (int i = 0; i < 48; ++i) {
    const int coverage = i % 2 == 0 ? 160 : 224;
    const MaskOptions options{.kind = kinds.at(static_cast<std::size_t>(i / 8)),
                              .erosion = i / 2 % 2 == 0 ? 0 : -31,
                              .blur = i / 4 % 2 == 0 ? 0 : 15};
    CAPTURE(coverage);
    CAPTURE(options.erosion);
    CAPTURE(options.blur);
    const Edge edge = edge_of(coverage, options);
    CHECK(edge.outside == 0);
    CHECK(edge.rim < 0.05);  // its outermost pixel, of a fade of fifteen or more
  }
}

TEST_CASE("a mask is the same whether the face lies in the middle or at the frame's edge") {
  const Landmarks face = drawn_landmarks({160, 120}, 110, 0);
  Landmarks shifted = face;
  for (cv::Point2f& p : shifted) p -= cv::Point2f(130, 0);
  const cv::Mat here = mask_of(face, article_mask());
  const cv::Mat there = mask_of(shifted, article_mask());
  const cv::Rect seen(131, 0, 160, 240);  // the first column mirrors at the frame's edge
  // Places are rounded to 1/32 of a pixel, from another corner: a pixel of the edge may flip.
  cv::Mat difference;
  cv::absdiff(here(seen), there(seen - cv::Point(130, 0)), difference);
  CHECK(cv::countNonZero(difference > 1e-3) < 20);
  CHECK(cv::sum(here(seen))[0] > 3000);
}

TEST_CASE("a face outside the frame has an empty mask") {
  const Landmarks face = drawn_landmarks({-300, 120}, 110);
  CHECK(make_mask(kUsualFrame, face, square_of(face)).where.empty());
}

TEST_CASE("mask options outside their range are refused") {
  CHECK_THROWS_AS(mask_of(turned_face(), {.blur = -1}), Error);
  CHECK_THROWS_AS(mask_of(turned_face(), {.feather = 0.6}), Error);
}

TEST_CASE("the hull ends at the brows, the extended one takes the forehead, the least counts") {
  const cv::Size frame(640, 480);
  const Landmarks face = drawn_landmarks({320, 240}, 250, 15);
  const PlacedSquare placed = place_square(face, {.side = kSide, .coverage = 224});
  const auto of = [&](MaskKind kind, double feather) {
    return whole(make_mask(frame, face, placed, {.kind = kind, .feather = feather}), frame);
  };
  const auto at = [&](const cv::Mat& mask, double u, double v) {
    const cv::Point2d p = apply(invert(placed.unit), {u, v});
    return mask.at<float>(cv::Point(p));
  };
  for (const double feather : {0.0, 0.03}) {
    CAPTURE(feather);
    const cv::Mat hull = of(MaskKind::Hull, feather), extended = of(MaskKind::Extended, feather);
    CHECK(at(hull, 0.5, 0.5) == 1);
    CHECK(at(hull, 0.5, -0.1) == 0);
    CHECK(at(extended, 0.5, -0.1) == 1);
    // Corners are rounded to whole pixels, each outline's its own.
    CHECK(cv::sum(cv::max(hull, extended) - extended)[0] < 0.003 * cv::sum(hull)[0]);
    const cv::Mat ellipse = of(MaskKind::Ellipse, feather);
    CHECK(at(ellipse, 0.5, 0.5) == 1);
    CHECK(cv::sum(ellipse)[0] > 0.6 * cv::sum(extended)[0]);
    const cv::Mat both = of(MaskKind::Ellipse | MaskKind::Hull, feather);
    if (feather == 0) CHECK(largest_difference(both, cv::min(hull, ellipse)) < 1e-6);
    CHECK(largest_difference(cv::max(both, cv::min(hull, ellipse)), cv::min(hull, ellipse)) < 1e-6);
    CHECK(cv::sum(both)[0] < cv::sum(hull)[0]);
  }
  CHECK(largest_difference(of(MaskKind::Extended, 0.08), of(MaskKind::FaceHull, 0.08)) == 0);
}

TEST_CASE("a mask needs the 68 landmarks of iBUG, and says so") {
  const PlacedSquare placed = square_of(turned_face());
  const Landmarks five(5, {160, 120});
  try {
    make_mask(kUsualFrame, five, placed);
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::Format);
    CHECK(std::string(e.what()) == "mask: needs the 68 landmarks of iBUG 300-W, got 5");
  }
}
