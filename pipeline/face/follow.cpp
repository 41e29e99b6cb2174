// SPDX-License-Identifier: MIT
#include "pipeline/face/follow.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/face/align.h"

namespace cameo {
namespace {

constexpr int kPatch = 64;

// Limits of what is taken for the same face, as shares of its size.
constexpr double kLeastOverlap = 0.3;  // of the boxes of two neighbouring detections
constexpr double kMostGrowth = 1.5;    // between two detections
constexpr double kRefit = 0.06;        // a box that is further off is corrected, then used again
constexpr double kMostShift = 0.35;    // of a prediction against where it was expected
constexpr double kMostTurn = 0.5;      // radians
constexpr double kMostTwist = 0.09;    // root mean square of what no similarity explains
constexpr double kLeastCorrelation = 0.6;  // of the patch to the nearer end's

double overlap(const cv::Rect& a, const cv::Rect& b) {
  const double both = (a & b).area();
  return both / (a.area() + b.area() - both);
}

std::vector<cv::Point2d> doubles(const Landmarks& landmarks) {
  return {landmarks.begin(), landmarks.end()};
}

/// How a set of landmarks came out of another.
struct Motion {
  double shift = 0, scale = 1, turn = 0, twist = 0;  ///< lengths as shares of the face's size
  Transform map;
};

Motion motion_of(const Landmarks& from, const Landmarks& to) {
  const auto a = doubles(from);
  const auto b = doubles(to);
  Motion motion;
  motion.map = similarity(a, b);
  const double size = size_of(from);
  motion.shift = cv::norm(middle_of(to) - middle_of(from)) / size;
  motion.scale = std::hypot(motion.map(0, 0), motion.map(1, 0));
  motion.turn = std::abs(std::atan2(motion.map(1, 0), motion.map(0, 0)));
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const cv::Point2d d = apply(motion.map, a[i]) - b[i];
    squares += d.dot(d);
  }
  motion.twist = std::sqrt(squares / static_cast<double>(a.size())) / size;
  return motion;
}

/// The box as the map moves its middle and scales its sides.
cv::Rect moved(const cv::Rect& box, const Motion& motion) {
  const cv::Point2d middle =
      apply(motion.map, cv::Point2d(box.x + box.width / 2.0, box.y + box.height / 2.0));
  const cv::Size2d size(box.width * motion.scale, box.height * motion.scale);
  return {cvRound(middle.x - size.width / 2), cvRound(middle.y - size.height / 2),
          std::max(1, cvRound(size.width)), std::max(1, cvRound(size.height))};
}

/// Two faces that are one, with what they look like.
struct Pair {
  const Face* first;
  const Face* last;
  std::vector<cv::Mat> patches;
  cv::Point2d drift;  // of the frame before, against the straight line
};

void shift(Face& face, const cv::Point2d& by) {
  face.box += cv::Point(cvRound(by.x), cvRound(by.y));
  for (cv::Point2f& p : face.landmarks) p += cv::Point2f(by);
}

/// The faces of the frames between the first and the last, if all are verified there.
bool follow(std::span<const cv::Mat> pictures, std::span<Faces> faces, Finder& finder, int worker) {
  const auto last = static_cast<int>(pictures.size()) - 1;
  const Faces& a = faces.front();
  const Faces& b = faces.back();
  const auto same = same_faces(a, b, last);
  if (same.size() != a.size() || same.size() != b.size()) return false;
  std::vector<Pair> pairs;
  pairs.reserve(same.size());
  for (const auto& [i, j] : same)
    pairs.push_back({&a[i],
                     &b[j],
                     {face_patch(pictures.front(), a[i].landmarks),
                      face_patch(pictures.back(), b[j].landmarks)},
                     {}});
  std::vector<Faces> found(pictures.size());
  for (int t = 1; t < last; ++t) {
    for (Pair& pair : pairs) {
      Face expected = face_between(*pair.first, *pair.last, static_cast<double>(t) / last);
      const cv::Point2d line = middle_of(expected.landmarks);
      shift(expected, pair.drift);
      const auto at = static_cast<std::size_t>(t);
      const auto face = face_near(pictures[at], expected, pair.patches, finder, worker);
      if (!face) return false;
      pair.drift = middle_of(face->landmarks) - line;
      found[at].push_back(*face);
    }
  }
  for (std::size_t t = 1; t + 1 < pictures.size(); ++t) faces[t] = std::move(found[t]);
  return true;
}

/// closely: near a frame whose faces are not those of the ends, so that even two ends without a
/// face do not tell that there is none between.
void search_between(std::span<const cv::Mat> pictures, std::span<Faces> faces, bool closely,
                    Finder& finder, int worker) {
  if (pictures.size() <= 2) return;
  const bool told = !closely || !faces.front().empty() || !faces.back().empty();
  if (told && follow(pictures, faces, finder, worker)) return;
  const std::size_t middle = pictures.size() / 2;
  faces[middle] = detect_sharp(pictures[middle], finder, worker);
  search_between(pictures.first(middle + 1), faces.first(middle + 1), true, finder, worker);
  search_between(pictures.subspan(middle), faces.subspan(middle), true, finder, worker);
}

}  // namespace

cv::Point2d middle_of(const Landmarks& landmarks) {
  cv::Point2d sum;
  for (const cv::Point2f& p : landmarks) sum += cv::Point2d(p);
  return sum / static_cast<double>(landmarks.size());
}

double size_of(const Landmarks& landmarks) {
  const auto [left, right] = std::minmax_element(landmarks.begin(), landmarks.end(),
                                                 [](auto& a, auto& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(landmarks.begin(), landmarks.end(),
                                                 [](auto& a, auto& b) { return a.y < b.y; });
  return std::max(right->x - left->x, bottom->y - top->y);
}

cv::Mat face_patch(const cv::Mat& picture, const Landmarks& landmarks) {
  cv::Mat patch;
  cv::warpAffine(picture, patch, align_to(align_unit(landmarks), kPatch, kPatch / 8),
                 {kPatch, kPatch}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::cvtColor(patch, patch, cv::COLOR_BGR2GRAY);
  return patch;
}

double patch_correlation(const cv::Mat& a, const cv::Mat& b) {
  // matchTemplate takes a flat picture for like all others.
  cv::Scalar mean;
  cv::Scalar spread_a;
  cv::Scalar spread_b;
  cv::meanStdDev(a, mean, spread_a);
  cv::meanStdDev(b, mean, spread_b);
  if (std::min(spread_a[0], spread_b[0]) < 1) return 0;
  cv::Mat score;
  cv::matchTemplate(a, b, score, cv::TM_CCOEFF_NORMED);
  return std::clamp(static_cast<double>(score.at<float>(0, 0)), -1.0, 1.0);
}

double face_sharpness(const cv::Mat& patch) {
  cv::Mat edges;
  cv::Laplacian(patch, edges, CV_32F);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(edges, mean, deviation);
  return std::round(deviation[0] * deviation[0]);
}

std::vector<std::pair<std::size_t, std::size_t>> same_faces(const Faces& a, const Faces& b,
                                                            int apart) {
  std::vector<std::tuple<double, std::size_t, std::size_t>> likely;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      const double shared = overlap(a[i].box, b[j].box);
      const double growth = std::sqrt(static_cast<double>(a[i].box.area()) / b[j].box.area());
      // A face may go further in more frames; half the overlap is enough after many.
      const double least = apart <= 2 ? kLeastOverlap : kLeastOverlap / 2;
      if (shared >= least && growth < kMostGrowth && growth > 1 / kMostGrowth)
        likely.emplace_back(-shared, i, j);
    }
  }
  std::sort(likely.begin(), likely.end());
  std::vector<std::pair<std::size_t, std::size_t>> same;
  std::vector<bool> used_a(a.size());
  std::vector<bool> used_b(b.size());
  for (const auto& [score, i, j] : likely) {
    if (used_a[i] || used_b[j]) continue;
    used_a[i] = used_b[j] = true;
    same.emplace_back(i, j);
  }
  std::sort(same.begin(), same.end());
  return same;
}

Face face_between(const Face& a, const Face& b, double share) {
  const auto mix = [share](double from, double to) { return from + share * (to - from); };
  Face face{.score = std::min(a.score, b.score), .track = a.track, .found = Found::Interpolated};
  const cv::Point2d from(a.box.x + a.box.width / 2.0, a.box.y + a.box.height / 2.0);
  const cv::Point2d to(b.box.x + b.box.width / 2.0, b.box.y + b.box.height / 2.0);
  const int width = std::max(1, cvRound(mix(a.box.width, b.box.width)));
  const int height = std::max(1, cvRound(mix(a.box.height, b.box.height)));
  face.box = {cvRound(mix(from.x, to.x) - width / 2.0), cvRound(mix(from.y, to.y) - height / 2.0),
              width, height};
  for (std::size_t i = 0; i < a.landmarks.size(); ++i)
    face.landmarks.emplace_back(cv::Point2d(mix(a.landmarks[i].x, b.landmarks[i].x),
                                            mix(a.landmarks[i].y, b.landmarks[i].y)));
  return face;
}

std::optional<Face> face_near(const cv::Mat& picture, const Face& expected,
                              std::span<const cv::Mat> patches, Finder& finder, int worker) {
  Face face = expected;
  face.landmarks = finder.predict(picture, face.box, worker);
  Motion motion = motion_of(expected.landmarks, face.landmarks);
  if (motion.shift > kRefit || std::abs(std::log(motion.scale)) > kRefit) {
    face.box = moved(expected.box, motion);
    face.landmarks = finder.predict(picture, face.box, worker);
    motion = motion_of(expected.landmarks, face.landmarks);
  }
  if (motion.shift > kMostShift || motion.turn > kMostTurn || motion.twist > kMostTwist ||
      motion.scale > kMostGrowth || motion.scale < 1 / kMostGrowth)
    return std::nullopt;
  const cv::Mat patch = face_patch(picture, face.landmarks);
  double like = -1;
  for (const cv::Mat& other : patches) like = std::max(like, patch_correlation(patch, other));
  if (like < kLeastCorrelation) return std::nullopt;
  face.box = moved(expected.box, motion) & cv::Rect({0, 0}, picture.size());
  if (face.box.empty()) return std::nullopt;
  face.found = Found::Tracked;
  face.sharpness = face_sharpness(patch);
  return face;
}

Faces detect_sharp(const cv::Mat& picture, Finder& finder, int worker) {
  Faces faces = finder.detect(picture, worker);
  for (Face& face : faces) face.sharpness = face_sharpness(face_patch(picture, face.landmarks));
  return faces;
}

void search_interval(std::span<const cv::Mat> pictures, std::span<Faces> faces, Finder& finder,
                     int worker) {
  check(pictures.size() == faces.size(), "interval: ", pictures.size(), " frames with faces of ",
        faces.size());
  search_between(pictures, faces, false, finder, worker);
}

}  // namespace cameo
