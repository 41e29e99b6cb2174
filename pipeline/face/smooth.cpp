// SPDX-License-Identifier: MIT
#include "pipeline/face/smooth.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "base/error.h"
#include "pipeline/face/follow.h"

namespace cameo {
namespace {

/// How far a face may move from one frame to the next, in sizes of its landmarks.
constexpr double kReach = 0.25;

double distance_of(const Landmarks& a, const Landmarks& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::hypot(a[i].x - b[i].x, a[i].y - b[i].y);
  return sum / static_cast<double>(a.size());
}

const Face* follow(const Face& face, const FrameFaces& frame) {
  const Face* nearest = nullptr;
  double least = kReach * size_of(face.landmarks);
  for (const Face& other : frame.faces) {
    if (other.landmarks.size() != face.landmarks.size()) continue;
    const double distance = distance_of(face.landmarks, other.landmarks);
    if (distance >= least) continue;
    least = distance;
    nearest = &other;
  }
  return nearest;
}

/// The same face in the frames before (step -1) or after (step 1), nearest frame first.
std::vector<const Face*> trail(std::span<const FrameFaces> window, std::size_t centre,
                               const Face& face, int step, int radius) {
  std::vector<const Face*> found;
  const Face* last = &face;
  for (int k = 1; k <= radius; ++k) {
    const auto at = static_cast<std::ptrdiff_t>(centre) + static_cast<std::ptrdiff_t>(step) * k;
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(window.size())) break;
    last = follow(*last, window[static_cast<std::size_t>(at)]);
    if (last == nullptr) break;
    found.push_back(last);
  }
  return found;
}

/// Weight of the frame k away in a fit of a parabola over m frames on each side.
double weight_of(int k, int m) {
  return 3.0 * (3 * m * (m + 1) - 1 - 5 * k * k) / ((2 * m - 1) * (2 * m + 1) * (2 * m + 3));
}

}  // namespace

std::vector<Face> smoothed_faces(std::span<const FrameFaces> window, std::size_t centre,
                                 int radius) {
  check(centre < window.size(), "smooth: frame ", centre, " of ", window.size());
  std::vector<Face> faces = window[centre].faces;
  for (Face& face : faces) {
    if (face.landmarks.empty()) continue;
    const auto before = trail(window, centre, face, -1, radius);
    const auto after = trail(window, centre, face, 1, radius);
    const int m = static_cast<int>(std::min(before.size(), after.size()));
    if (m < 2) continue;
    Landmarks mean(face.landmarks.size());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      cv::Point2d sum = cv::Point2d(face.landmarks[i]) * weight_of(0, m);
      for (int k = 1; k <= m; ++k) {
        const cv::Point2d both = before[static_cast<std::size_t>(k) - 1]->landmarks[i] +
                                 after[static_cast<std::size_t>(k) - 1]->landmarks[i];
        sum += both * weight_of(k, m);
      }
      mean[i] = sum;
    }
    face.landmarks = mean;
  }
  return faces;
}

namespace {

/// The landmarks of the face at `at`, from a parabola over m on each side. past: as they were in
/// the frames before, the nearest first.
Landmarks fitted(std::span<Face* const> faces, std::size_t at, int m,
                 const std::deque<Landmarks>& past) {
  Landmarks fit(faces[at]->landmarks.size());
  for (std::size_t i = 0; i < fit.size(); ++i) {
    cv::Point2d sum = cv::Point2d(faces[at]->landmarks[i]) * weight_of(0, m);
    for (int k = 1; k <= m; ++k) {
      const auto step = static_cast<std::size_t>(k);
      sum += cv::Point2d(past[step - 1][i] + faces[at + step]->landmarks[i]) * weight_of(k, m);
    }
    fit[i] = sum;
  }
  return fit;
}

/// One track in frames that follow each other.
void smooth_run(std::span<Face* const> faces, int radius) {
  constexpr double kMostOff = 0.01;
  constexpr double kNoise =
      0.5;  // pixels: what rounded landmarks move the middle of still faces by
  const auto most = static_cast<std::size_t>(radius);
  std::deque<Landmarks> past;
  for (std::size_t t = 0; t < faces.size(); ++t) {
    Landmarks now = faces[t]->landmarks;
    for (int m = static_cast<int>(std::min({most, t, faces.size() - 1 - t})); m >= 2; --m) {
      Landmarks fit = fitted(faces, t, m, past);
      const double off = cv::norm(middle_of(fit) - middle_of(now));
      if (off > kMostOff * size_of(now) + kNoise) continue;
      faces[t]->landmarks = std::move(fit);
      break;
    }
    past.push_front(std::move(now));
    if (past.size() > most) past.pop_back();
  }
}

}  // namespace

void smooth_tracks(std::span<FrameFaces> frames, int radius) {
  check(radius >= 0, ErrorCode::Usage, "smooth: radius ", radius);
  std::map<int, std::vector<Face*>> open;
  for (FrameFaces& frame : frames) {
    std::map<int, std::vector<Face*>> still;
    for (Face& face : frame.faces) {
      if (face.track < 0 || face.landmarks.empty()) continue;
      auto& run = still[face.track];
      const auto before = open.find(face.track);
      if (before != open.end() &&
          before->second.back()->landmarks.size() == face.landmarks.size()) {
        run = std::move(before->second);
        open.erase(before);
      }
      run.push_back(&face);
    }
    for (const auto& [track, run] : open) smooth_run(run, radius);
    open = std::move(still);
  }
  for (const auto& [track, run] : open) smooth_run(run, radius);
}

}  // namespace cameo
