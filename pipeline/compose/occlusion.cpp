// SPDX-License-Identifier: MIT
#include "pipeline/compose/occlusion.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/compose/levels.h"
#include "pipeline/face/align.h"
#include "pipeline/face/crop.h"

namespace cameo {
namespace {

// Deviations from the skin's ratios at which a pixel begins to count as another thing, and does.
constexpr float kFirst = 4, kLast = 7;
constexpr float kLeastDeviation = 0.035F;  // of a log ratio; makeup and veins vary as much
constexpr float kNoise = 4;                // levels, of sensor, chroma subsampling and rounding
constexpr float kDark = 0.75F;             // of the skin's green, below which hair may lie
constexpr double kLeastArea = 0.006;       // of the square

/// Log ratios of red and blue to green, how sure they are, and green itself, in CV_32F.
struct Ratios {
  cv::Mat red, blue, doubt, green;
};

Ratios ratios_of(const cv::Mat& levels) {
  cv::Mat smooth;
  cv::GaussianBlur(levels, smooth, {0, 0}, 1, 1, cv::BORDER_REPLICATE);
  Ratios ratios{cv::Mat(smooth.size(), CV_32FC1), cv::Mat(smooth.size(), CV_32FC1),
                cv::Mat(smooth.size(), CV_32FC1), cv::Mat(smooth.size(), CV_32FC1)};
  for (int y = 0; y < smooth.rows; ++y) {
    const auto* pixel = smooth.ptr<cv::Vec3f>(y);
    for (int x = 0; x < smooth.cols; ++x) {
      const cv::Vec3f p = pixel[x] + cv::Vec3f::all(kNoise);
      ratios.red.at<float>(y, x) = std::log(p[2] / p[1]);
      ratios.blue.at<float>(y, x) = std::log(p[0] / p[1]);
      ratios.doubt.at<float>(y, x) = kNoise / std::min(std::min(p[0], p[1]), p[2]);
      ratios.green.at<float>(y, x) = pixel[x][1];
    }
  }
  return ratios;
}

void fill_hull(cv::Mat& where, const Landmarks& landmarks, std::initializer_list<int> points,
               int value) {
  std::vector<cv::Point> corners, hull;
  for (const int i : points) corners.emplace_back(landmarks[static_cast<std::size_t>(i)]);
  cv::convexHull(corners, hull);
  cv::fillConvexPoly(where, hull, value);
}

/// Where the skin's colors are taken from: cheeks, bridge of the nose, between the brows.
cv::Mat skin_samples(const Landmarks& landmarks, cv::Size size) {
  cv::Mat where(size, CV_8UC1, cv::Scalar(0));
  fill_hull(where, landmarks, {1, 3, 31, 40, 41}, 255);
  fill_hull(where, landmarks, {15, 13, 35, 46, 47}, 255);
  fill_hull(where, landmarks, {21, 22, 31, 35}, 255);
  return where;
}

/// Eyes, brows, nostrils and mouth, whose colors are their own.
cv::Mat features(const Landmarks& landmarks, cv::Size size) {
  cv::Mat where(size, CV_8UC1, cv::Scalar(0));
  fill_hull(where, landmarks, {17, 18, 19, 20, 21}, 255);
  fill_hull(where, landmarks, {22, 23, 24, 25, 26}, 255);
  fill_hull(where, landmarks, {36, 37, 38, 39, 40, 41}, 255);
  fill_hull(where, landmarks, {42, 43, 44, 45, 46, 47}, 255);
  fill_hull(where, landmarks, {48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59}, 255);
  fill_hull(where, landmarks, {31, 32, 33, 34, 35}, 255);
  cv::dilate(where, where, cv::getStructuringElement(cv::MORPH_ELLIPSE, {7, 7}));
  return where;
}

/// Median of the values there, and 1.48 times the median of what they deviate by: a deviation.
cv::Vec2f robust_spread(const cv::Mat& values, const cv::Mat& where) {
  std::vector<float> found;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (where.at<uchar>(y, x) != 0) found.push_back(values.at<float>(y, x));
  if (found.empty()) return {0, 0};
  const auto middle = found.begin() + static_cast<std::ptrdiff_t>(found.size() / 2);
  std::nth_element(found.begin(), middle, found.end());
  const float median = *middle;
  for (float& value : found) value = std::abs(value - median);
  std::nth_element(found.begin(), middle, found.end());
  return {median, 1.48F * *middle};
}

/// The image seen in a mirror along the line from the bridge of the nose to the chin.
cv::Mat mirrored(const cv::Mat& image, const Landmarks& landmarks) {
  const cv::Point2d top(landmarks[27]), down = cv::Point2d(landmarks[8]) - top;
  const double length = std::max(cv::norm(down), 1e-3);
  const cv::Point2d n(-down.y / length, down.x / length);  // across the line
  const double shift = 2 * n.dot(top);
  const Transform reflect(1 - 2 * n.x * n.x, -2 * n.x * n.y, shift * n.x, -2 * n.x * n.y,
                          1 - 2 * n.y * n.y, shift * n.y);
  cv::Mat result;
  cv::warpAffine(image, result, reflect, image.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return result;
}

float ramp_up(float value, float first, float last) {
  const float t = std::clamp((value - first) / (last - first), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

/// 1 where the ratios are not the skin's.
cv::Mat unlike_skin(const Ratios& ratios, const cv::Mat& samples) {
  const cv::Vec2f red = robust_spread(ratios.red, samples);
  const cv::Vec2f blue = robust_spread(ratios.blue, samples);
  cv::Mat unlike(ratios.red.size(), CV_32FC1);
  for (int y = 0; y < unlike.rows; ++y) {
    for (int x = 0; x < unlike.cols; ++x) {
      const float doubt = ratios.doubt.at<float>(y, x);
      const float r = (ratios.red.at<float>(y, x) - red[0]) /
                      std::hypot(std::max(red[1], kLeastDeviation), doubt);
      const float b = (ratios.blue.at<float>(y, x) - blue[0]) /
                      std::hypot(std::max(blue[1], kLeastDeviation), doubt);
      unlike.at<float>(y, x) = ramp_up(std::hypot(r, b), kFirst, kLast);
    }
  }
  return unlike;
}

/// Forgives what is dark on both sides of the nose; black on one side alone counts, for black has
/// no ratios to judge by.
void weigh_darkness(cv::Mat& unlike, const Ratios& ratios, const cv::Mat& samples,
                    const Landmarks& landmarks) {
  const float skin = robust_spread(ratios.green, samples)[0];
  const cv::Mat other = mirrored(ratios.green, landmarks);
  for (int y = 0; y < unlike.rows; ++y) {
    for (int x = 0; x < unlike.cols; ++x) {
      const float own = ratios.green.at<float>(y, x) / std::max(skin, 1.0F);
      const float across = other.at<float>(y, x) / std::max(skin, 1.0F);
      const float contrast = ramp_up(across - own, 0.25F, 0.45F);
      float& value = unlike.at<float>(y, x);
      if (own < kDark) value *= contrast;
      if (own < 0.25F) value = std::max(value, ramp_up(across, 0.5F, 0.7F));
    }
  }
}

/// Without specks and thin lines.
void remove_small(cv::Mat& unlike) {
  cv::morphologyEx(unlike, unlike, cv::MORPH_OPEN,
                   cv::getStructuringElement(cv::MORPH_ELLIPSE, {5, 5}));
  cv::Mat solid = unlike > 0.5, labels, stats, middles;
  const int count = cv::connectedComponentsWithStats(solid, labels, stats, middles);
  for (int i = 1; i < count; ++i)
    if (stats.at<int>(i, cv::CC_STAT_AREA) < kLeastArea * static_cast<double>(unlike.total()))
      unlike.setTo(0, labels == i);
}

/// Judges the features by what is around them. In the mouth, where neither lips nor teeth are
/// greener or bluer than grey is beside skin, such colors count by themselves.
void judge_features(cv::Mat& unlike, const cv::Mat& own, const Ratios& ratios,
                    const cv::Mat& samples, const Landmarks& landmarks) {
  constexpr double kReach = 6;
  cv::Mat weight(unlike.size(), CV_32FC1, cv::Scalar(1)), sum, share;
  weight.setTo(0, own);
  cv::GaussianBlur(unlike.mul(weight), sum, {0, 0}, kReach, kReach, cv::BORDER_REPLICATE);
  cv::GaussianBlur(weight, share, {0, 0}, kReach, kReach, cv::BORDER_REPLICATE);
  const cv::Mat around = sum / (share + 1e-6);
  around.copyTo(unlike, own);
  const float skin = robust_spread(ratios.red, samples)[0];
  cv::Mat mouth(unlike.size(), CV_8UC1, cv::Scalar(0));
  fill_hull(mouth, landmarks, {48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59}, 255);
  cv::dilate(mouth, mouth, cv::getStructuringElement(cv::MORPH_ELLIPSE, {7, 7}));
  for (int y = 0; y < unlike.rows; ++y) {
    for (int x = 0; x < unlike.cols; ++x) {
      if (mouth.at<uchar>(y, x) == 0) continue;
      const float alien = ramp_up(skin - ratios.red.at<float>(y, x), 0.45F, 0.65F);
      unlike.at<float>(y, x) = std::max(unlike.at<float>(y, x), alien);
    }
  }
}

/// Guided filter. Source: He et al. 2013, doi:10.1109/TPAMI.2012.213.
cv::Mat guided(const cv::Mat& values, const cv::Mat& guide, int side, double regular) {
  const auto mean = [&](const cv::Mat& of) {
    cv::Mat result;
    cv::blur(of, result, {side, side});
    return result;
  };
  const cv::Mat guide_mean = mean(guide), value_mean = mean(values);
  const cv::Mat slope = (mean(guide.mul(values)) - guide_mean.mul(value_mean)) /
                        (mean(guide.mul(guide)) - guide_mean.mul(guide_mean) + regular);
  const cv::Mat shift = value_mean - slope.mul(guide_mean);
  return mean(slope).mul(guide) + mean(shift);
}

}  // namespace

cv::Mat occlusion(const cv::Mat& face, const Landmarks& landmarks) {
  check_ibug68("occlusion", landmarks);
  const Ratios ratios = ratios_of(in_levels(face));
  const cv::Mat samples = skin_samples(landmarks, face.size());
  cv::Mat unlike = unlike_skin(ratios, samples);
  weigh_darkness(unlike, ratios, samples, landmarks);
  const cv::Mat own = features(landmarks, face.size());
  unlike.setTo(0, own);
  remove_small(unlike);
  judge_features(unlike, own, ratios, samples, landmarks);
  cv::Mat smooth = guided(unlike, ratios.green / 255, 9, 0.001);
  cv::max(smooth, 0, smooth);
  cv::min(smooth, 1, smooth);
  return smooth;
}

void limit_to_unoccluded(Mask& mask, const cv::Mat& frame, const Landmarks& landmarks,
                         const PlacedSquare& placed) {
  if (mask.where.empty()) return;
  const cv::Mat face = crop_aligned(frame, placed.unit, kOcclusionSide);
  const Transform to_face = aligned_transform(placed.unit, kOcclusionSide);
  Landmarks there;
  for (const cv::Point2f& p : landmarks) there.emplace_back(apply(to_face, p));
  const cv::Mat seen = 1 - occlusion(face, there);
  cv::Mat part;
  cv::warpAffine(seen, part, from_corner(to_face, mask.where.tl()), mask.where.size(),
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  cv::min(mask.weight, part, mask.weight);
}

}  // namespace cameo
