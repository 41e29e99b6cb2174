// SPDX-License-Identifier: MIT
#include "pipeline/convert_batch.h"

#include <algorithm>

namespace cameo {

std::size_t largest_batch(std::span<const PersonModel> models) {
  int most = 1;
  for (const PersonModel& model : models) most = std::max(most, model.swapper->batch());
  return static_cast<std::size_t>(most);
}

bool any_examples(std::span<const PersonModel> models) {
  return std::any_of(models.begin(), models.end(),
                     [](const PersonModel& model) { return model.examples != nullptr; });
}

std::optional<std::size_t> model_for(std::span<const PersonModel> models, int person) {
  std::optional<std::size_t> anybody;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].person == person) return i;
    if (!models[i].person) anybody = i;
  }
  return anybody;
}

std::size_t frames_in_flight(const VideoInfo* video, int threads, std::size_t batch) {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  constexpr std::size_t kLeast = 3;
  constexpr std::size_t kMostImages = 32;
  const std::size_t wanted = std::max(3 * static_cast<std::size_t>(threads) + 4 * batch, kLeast);
  if (video == nullptr) return std::min(wanted, kMostImages);
  return frames_in_memory(video, 9, kBytes, kLeast, wanted);
}

}  // namespace cameo
