// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <span>

#include "pipeline/convert.h"

namespace cameo {

/// Most faces that one of the models renders in a run.
std::size_t largest_batch(std::span<const PersonModel> models);

/// Frames of a conversion that are worked on at once: enough for the threads and some batches, and
/// bounded by memory, since a frame of 8K takes 100 MB and is there twice once it is blended.
/// video: of the source; null: it is of images, whose size differs.
std::size_t frames_in_flight(const VideoInfo* video, int threads, std::size_t batch);

}  // namespace cameo
