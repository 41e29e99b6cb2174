// SPDX-License-Identifier: MIT
#include "model/data/face_yaw.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <numbers>

namespace cameo {
namespace {

constexpr std::size_t kNoseTip = 30, kRightCorner = 36, kLeftCorner = 45;
/// Of adults, in millimetres: how far the nose's tip lies before the outer corners of the eyes, and
/// those from each other, as in pipeline/face/pose.cpp.
constexpr double kNose = 50, kCorners = 92;

}  // namespace

double face_yaw(const FaceLandmarks& landmarks) {
  const FacePoint &tip = landmarks.at(kNoseTip), &from = landmarks.at(kRightCorner),
                  &to = landmarks.at(kLeftCorner);
  const double x = to.x - from.x, y = to.y - from.y;
  const double apart = std::hypot(x, y);
  if (apart == 0) return 0;
  const double aside =
      ((tip.x - (from.x + to.x) / 2) * x + (tip.y - (from.y + to.y) / 2) * y) / apart;
  return std::atan2(aside / kNose, apart / kCorners) * 180 / std::numbers::pi;
}

std::vector<std::optional<double>> load_yaws(const FaceSet& faces) {
  std::vector<std::optional<double>> yaws(faces.files.size());
  const auto count = static_cast<std::int64_t>(faces.files.size());
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t n = 0; n < count; ++n) {
    const auto i = static_cast<std::size_t>(n);
    try {
      if (const auto landmarks = read_landmarks(faces.files[i])) yaws[i] = face_yaw(*landmarks);
    } catch (const std::exception&) {
      // The image was read a moment ago; without its file there are no landmarks.
    }
  }
  return yaws;
}

UniformYaw::UniformYaw(const std::vector<std::optional<double>>& yaws) : known_(yaws.size()) {
  std::map<int, std::vector<std::int32_t>> ranges;
  std::size_t count = 0;
  for (std::size_t i = 0; i < yaws.size(); ++i) {
    if (!yaws[i]) continue;
    known_[i] = true;
    ++count;
    ranges[static_cast<int>(std::floor(*yaws[i] / kDegrees))].push_back(
        static_cast<std::int32_t>(i));
  }
  double end = 0;
  for (auto& [range, faces] : ranges) {
    const double by_count = static_cast<double>(faces.size()) / static_cast<double>(count);
    end += std::min(1 / static_cast<double>(ranges.size()), kMostOften * by_count);
    ends_.push_back(end);
    ranges_.push_back(std::move(faces));
  }
}

std::int32_t UniformYaw::draw(const Philox4& words) const {
  const double at = words[0] / 4294967296.0 * ends_.back();
  const auto range = static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end() - 1, at) -
                                              ends_.begin());
  const std::vector<std::int32_t>& faces = ranges_[range];
  return faces[static_cast<std::size_t>((std::uint64_t{words[1]} * faces.size()) >> 32)];
}

}  // namespace cameo
