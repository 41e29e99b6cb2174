// SPDX-License-Identifier: MIT
#include "pipeline/convert_batch.h"

#include <algorithm>

namespace cameo {

std::size_t largest_batch(std::span<const PersonModel> models) {
  int most = 1;
  for (const PersonModel& model : models) most = std::max(most, model.swapper->batch());
  return static_cast<std::size_t>(most);
}

std::size_t frames_in_flight(const VideoInfo* video, int threads, std::size_t batch) {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  constexpr std::size_t kLeast = 3;
  constexpr std::size_t kMostImages = 32;
  const std::size_t wanted = std::max(3 * static_cast<std::size_t>(threads) + 4 * batch, kLeast);
  if (video == nullptr) return std::min(wanted, kMostImages);
  const std::size_t frame = std::size_t{9} * static_cast<std::size_t>(video->width) *
                            static_cast<std::size_t>(video->height);
  return std::clamp(kBytes / std::max<std::size_t>(frame, 1), kLeast, wanted);
}

}  // namespace cameo
