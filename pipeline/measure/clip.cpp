// SPDX-License-Identifier: MIT
#include "pipeline/measure/clip.h"

#include <cctype>
#include <cstdint>
#include <utility>

#include "pipeline/measure/expression.h"
#include "pipeline/measure/jitter.h"

namespace cameo {
namespace {

/// "take2_0041" -> "take2_" and 41.
struct Numbered {
  std::string prefix;
  std::optional<std::int64_t> number;
};

Numbered numbered(const std::string& name) {
  constexpr std::size_t kMostDigits = 18;
  std::size_t begin = name.size();
  while (begin > 0 && name.size() - begin < kMostDigits &&
         std::isdigit(static_cast<unsigned char>(name[begin - 1])) != 0)
    --begin;
  if (begin == name.size()) return {name, {}};
  return {name.substr(0, begin), std::stoll(name.substr(begin))};
}

double mean_motion(const Landmarks& before, const Landmarks& after) {
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) sum += cv::norm(after[i] - before[i]);
  return sum / static_cast<double>(before.size());
}

}  // namespace

bool follows(const ClipFrame& before, const ClipFrame& after) {
  const Numbered a = numbered(before.name);
  const Numbered b = numbered(after.name);
  if (!a.number || !b.number || a.prefix != b.prefix || *a.number + 1 != *b.number) return false;
  if (before.face.size() != after.face.size()) return false;
  return before.face.empty() ||
         mean_motion(before.face, after.face) < eye_distance(before.face) / 2;
}

ClipMeasures Clip::add(ClipFrame frame) {
  ClipMeasures out;
  if (!last_.empty() && !follows(last_.back(), frame)) last_.clear();
  const bool same_size =
      !last_.empty() && last_.back().images.swap.size() == frame.images.swap.size();
  if (same_size) out.flicker = flicker(last_.back().images, frame.images);
  if (last_.size() == 2) {
    const auto of = [&](Landmarks ClipFrame::*points) -> std::optional<double> {
      const bool known =
          !(last_[0].*points).empty() && !(last_[1].*points).empty() && !(frame.*points).empty();
      if (!known) return {};
      return jitter(last_[0].*points, last_[1].*points, frame.*points);
    };
    out.jitter = of(&ClipFrame::swap);
    out.jitter_original = of(&ClipFrame::original);
    last_.erase(last_.begin());
  }
  last_.push_back(std::move(frame));
  return out;
}

}  // namespace cameo
