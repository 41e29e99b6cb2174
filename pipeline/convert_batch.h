// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <optional>
#include <span>

#include "pipeline/convert.h"

namespace cameo {

/// Most faces that one of the models renders in a run.
std::size_t largest_batch(std::span<const PersonModel> models);

/// Whether any of the models has examples.
bool any_examples(std::span<const PersonModel> models);

/// Number of the model for a person, or of the one for everybody else; none: the face stays.
std::optional<std::size_t> model_for(std::span<const PersonModel> models, int person);

/// Frames of a conversion that are worked on at once: enough for the threads and some batches, and
/// bounded by memory, since a frame of 8K takes 100 MB and is there twice once it is blended.
/// video: of the source; null: it is of images, whose size differs.
std::size_t frames_in_flight(const VideoInfo* video, int threads, std::size_t batch);

}  // namespace cameo
