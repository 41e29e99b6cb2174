// SPDX-License-Identifier: MIT
#pragma once
// All that marks what a face was drawn on, as hooks of an output.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/media/sink.h"

namespace cameo {

/// Asset id of a text that tells an output from others: the first 56 bits of its SHA-256. The same
/// text gives the same id, so that a run which goes on after a kill marks alike.
std::uint64_t asset_id(std::string_view text);

/// An asset id as metadata and reports write it: 14 lower-case hexadecimal digits.
std::string asset_word(std::uint64_t asset);

/// The asset id that asset_word wrote; nothing if it is none.
std::optional<std::uint64_t> parse_asset(std::string_view word);

/// What marks an output.
struct OutputMarks {
  std::string label;                       ///< drawn into a corner (draw_label); empty: none
  std::optional<std::uint64_t> watermark;  ///< its asset id; none: without one
  bool video = false;                      ///< frames are from a video or for one: MarkedMedium
  std::vector<std::string> consents;       ///< SHA-256 of consent notes of the models
};

/// Adds the marks to every frame of an output in which a face was drawn, after the hooks that are
/// there: the label, then the watermark (public key), then the declaration (add_declaration), which
/// names the watermark that the pixels bear, or kNoWatermark: frames may be too small for one
/// (can_be_marked). An input that declares a watermark passes on its asset id, each image of a
/// folder its own, as two watermarks in one picture could not be read. The hooks may be called by
/// several threads at once if those that are there may.
void add_marks(SinkOptions& options, const std::filesystem::path& input, const OutputMarks& marks);

}  // namespace cameo
