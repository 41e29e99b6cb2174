// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/infer/swapper.h"
#include "pipeline/compose/converter.h"
#include "pipeline/media/source.h"

namespace cameo {

/// Detection of the faces of one frame.
using FindFaces = std::function<FrameFaces(const Frame&)>;

/// An option of composing and the values to try for it.
struct Variation {
  std::string name;
  std::vector<std::string> values;
};

/// `color=none,lab,mkl` as a variation. Throws Error (ErrorCode::Usage) for another form or a value
/// that the option cannot have.
Variation parse_variation(std::string_view text);

/// Color transfers by shapes of masks, with the network's mask where it has one.
std::vector<Variation> default_variations(bool has_mask);

/// Options of a preview.
struct PreviewOptions {
  std::filesystem::path input;  ///< image, folder of images or video
  std::int64_t frame = 0;       ///< index in it
  std::vector<Variation> vary;  ///< one or two: columns, then rows
  ComposeOptions compose;       ///< of all cells but for what varies
  int cell = 384;               ///< side of a cell, pixels
};

/// Renders one frame under a grid of settings: the largest face's surroundings, converted by
/// convert_masked, a column for each value of the first option, a row for each of the second, each
/// cell titled by its values, the first column showing the frame as it is. Returns 8-bit BGR.
/// examples: lend detail, as in convert_masked. find: for a frame that the faces file beside the
/// input does not hold. Throws Error: ErrorCode::Input if there is no such frame or it cannot be
/// read, ErrorCode::NoFace if no face is in it, ErrorCode::Usage for settings that cannot be.
cv::Mat preview_grid(const PreviewOptions& options, Swapper& swapper, const FindFaces& find,
                     const DetailExamples* examples = nullptr);

}  // namespace cameo
