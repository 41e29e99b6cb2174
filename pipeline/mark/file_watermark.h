// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>

#include "pipeline/mark/watermark_detector.h"

namespace cameo {

/// What was found of a watermark in a file.
struct FileWatermark {
  bool too_small = false;  ///< for any watermark, see can_be_marked
  int frames = 0;          ///< that were looked at; 1 of an image
  WatermarkResult result;
};

/// The watermark in the pixels of an image or video. A video is sampled: up to 96 frames spread
/// evenly over it (the first ones where its length is not known), 12 one after another added up and
/// searched together, until one group bears a watermark, at last all of them. A damaged end is not
/// missed. Throws Error (ErrorCode::Input) if the file is neither, or none of it can be decoded.
FileWatermark find_watermark(const std::filesystem::path& file, std::uint64_t key = kPublicMarkKey);

}  // namespace cameo
