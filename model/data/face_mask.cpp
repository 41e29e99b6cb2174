// SPDX-License-Identifier: MIT
#include "model/data/face_mask.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <optional>
#include <span>
#include <utility>

namespace cameo {
namespace {

constexpr int kPlanes = 3;
constexpr std::size_t kFirstBrow = 17, kBrows = 10, kFirstEye = 36, kEye = 6, kMouth = 48,
                      kLips = 12;
constexpr double kTemples = 1.15;       // the arch of the forehead is so much wider than the brows
constexpr double kForehead = 1.8;       // of the distance from eyes to brows: below the hair
constexpr double kFaceBlur = 1.0 / 64;  // sigma of the soft edge, in sides
constexpr double kPartBlur = 1.0 / 64;  // of eyes and mouth, which also grows them ...
constexpr float kPartGain = 4;          // ... by so much: a shut eye's hull is but a line

using Plane = std::vector<float>;

FacePoint mean_of(std::span<const FacePoint> points) {
  FacePoint sum;
  for (const FacePoint& p : points) sum = {sum.x + p.x, sum.y + p.y};
  const auto count = static_cast<double>(points.size());
  return {sum.x / count, sum.y / count};
}

/// All landmarks, and the brows once more where the forehead ends.
std::vector<FacePoint> with_forehead(const FaceLandmarks& landmarks) {
  std::vector<FacePoint> points(landmarks.begin(), landmarks.end());
  const std::span all(landmarks);
  const FacePoint brows = mean_of(all.subspan(kFirstBrow, kBrows)),
                  eyes = mean_of(all.subspan(kFirstEye, 2 * kEye));
  for (std::size_t i = 0; i < kBrows; ++i) {
    // Half an ellipse, so that no corners stand at the temples.
    const double across = (2 * static_cast<double>(i) + 1) / static_cast<double>(kBrows) - 1;
    const double share = kForehead * std::sqrt(1 - std::pow(across / kTemples, 2));
    const FacePoint& brow = landmarks.at(kFirstBrow + i);
    points.push_back({brow.x + share * (brows.x - eyes.x), brow.y + share * (brows.y - eyes.y)});
  }
  return points;
}

/// > 0 where c lies to the left of the way from a to b.
double turn(const FacePoint& a, const FacePoint& b, const FacePoint& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/// Andrew's monotone chain (1979).
std::vector<FacePoint> convex_hull(std::vector<FacePoint> points) {
  std::sort(points.begin(), points.end(), [](const FacePoint& a, const FacePoint& b) {
    return std::pair(a.x, a.y) < std::pair(b.x, b.y);
  });
  std::vector<FacePoint> hull;
  for (int half = 0; half < 2; ++half) {
    const std::size_t first = hull.size();
    for (const FacePoint& p : points) {
      while (hull.size() >= first + 2 && turn(hull[hull.size() - 2], hull.back(), p) <= 0)
        hull.pop_back();
      hull.push_back(p);
    }
    hull.pop_back();
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

/// How much of each pixel the hull of `points` covers, 0..1: exact along rows, four lines a row.
void fill(Plane& plane, int side, const std::vector<FacePoint>& points) {
  constexpr int kLines = 4;
  const std::vector<FacePoint> hull = convex_hull(points);
  for (int line = 0; line < kLines * side; ++line) {
    const double y = (line + 0.5) / kLines - 0.5;
    double from = side, to = -1;
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const FacePoint &a = hull[i], &b = hull[(i + 1) % hull.size()];
      if ((a.y <= y) == (b.y <= y)) continue;
      const double x = a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y);
      from = std::min(from, x);
      to = std::max(to, x);
    }
    float* const row = plane.data() + static_cast<std::ptrdiff_t>(line / kLines) * side;
    const int first = std::max(static_cast<int>(std::floor(from + 0.5)), 0);
    const int last = std::min(static_cast<int>(std::ceil(to - 0.5)), side - 1);
    for (int x = first; x <= last; ++x)
      row[x] += static_cast<float>(
                    std::clamp(std::min(to, x + 0.5) - std::max(from, x - 0.5), 0.0, 1.0)) /
                kLines;
  }
}

/// A Gaussian along rows, the result turned over its diagonal: twice it is one in the plane.
Plane blurred_rows(const Plane& plane, int side, double sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  std::vector<float> bell;
  double sum = 0;
  for (int k = -reach; k <= reach; ++k) sum += std::exp(-0.5 * k * k / (sigma * sigma));
  for (int k = -reach; k <= reach; ++k)
    bell.push_back(static_cast<float>(std::exp(-0.5 * k * k / (sigma * sigma)) / sum));
  Plane to(plane.size());
  for (int y = 0; y < side; ++y) {
    const float* const row = plane.data() + static_cast<std::ptrdiff_t>(y) * side;
    for (int x = 0; x < side; ++x) {
      float value = 0;
      for (int k = std::max(-reach, -x); k <= std::min(reach, side - 1 - x); ++k)
        value += bell.data()[k + reach] * row[x + k];
      to[static_cast<std::size_t>(x) * side + y] = value;
    }
  }
  return to;
}

Plane blurred(const Plane& plane, int side, double share) {
  return blurred_rows(blurred_rows(plane, side, share * side), side, share * side);
}

}  // namespace

std::vector<std::uint8_t> draw_face_mask(const FaceLandmarks& landmarks, int side, int stride) {
  FaceLandmarks at = landmarks;  // in pixels of the mask
  for (FacePoint& p : at) p = {p.x * side - 0.5 / stride, p.y * side - 0.5 / stride};
  const auto part = [&](std::size_t first, std::size_t count) {
    return std::vector<FacePoint>(at.begin() + static_cast<std::ptrdiff_t>(first),
                                  at.begin() + static_cast<std::ptrdiff_t>(first + count));
  };
  const auto pixels = static_cast<std::size_t>(side) * side;
  Plane face(pixels), eyes(pixels), mouth(pixels);
  fill(face, side, with_forehead(at));
  fill(eyes, side, part(kFirstEye, kEye));
  fill(eyes, side, part(kFirstEye + kEye, kEye));
  fill(mouth, side, part(kMouth, kLips));
  face = blurred(face, side, kFaceBlur);
  eyes = blurred(eyes, side, kPartBlur);
  mouth = blurred(mouth, side, kPartBlur);
  std::vector<std::uint8_t> bytes(kPlanes * pixels);
  const auto byte = [](float share) { return static_cast<std::uint8_t>(std::lround(255 * share)); };
  for (std::size_t i = 0; i < pixels; ++i) {
    const float most = std::min(face[i], 1.0F);
    bytes[kPlanes * i] = byte(most);
    bytes[kPlanes * i + 1] = byte(std::min(kPartGain * eyes[i], most));
    bytes[kPlanes * i + 2] = byte(std::min(kPartGain * mouth[i], most));
  }
  return bytes;
}

int mask_stride(int side) {
  int stride = std::max(side / kLeastMaskSide, 1);
  while (side % stride != 0) --stride;
  return stride;
}

MaskSet load_masks(const FaceSet& faces) {
  MaskSet masks;
  masks.set.stride = mask_stride(faces.side);
  const int side = masks.set.side = faces.side / masks.set.stride;
  masks.set.files = faces.files;
  const std::size_t each = static_cast<std::size_t>(side) * side * kPlanes;
  masks.set.bytes.resize(each * faces.files.size());
  int unknown = 0;
  const auto count = static_cast<std::int64_t>(faces.files.size());
#pragma omp parallel for schedule(dynamic) reduction(+ : unknown)
  for (std::int64_t n = 0; n < count; ++n) {
    const auto i = static_cast<std::size_t>(n);
    std::optional<FaceLandmarks> landmarks;
    try {
      landmarks = read_landmarks(faces.files[i]);
    } catch (const std::exception&) {
      // The image was read a moment ago; without its file there are no landmarks.
    }
    std::uint8_t* const to = masks.set.bytes.data() + i * each;
    if (landmarks) {
      std::memcpy(to, draw_face_mask(*landmarks, side, masks.set.stride).data(), each);
      continue;
    }
    ++unknown;
    for (std::size_t k = 0; k < each; ++k) to[k] = k % kPlanes == 0 ? 0 : 255;
  }
  masks.unknown = unknown;
  return masks;
}

}  // namespace cameo
