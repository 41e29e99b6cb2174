// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/compose/converter.h"
#include "pipeline/media/ranges.h"

namespace cameo {

/// Options of composing for some frames.
struct ComposeRange {
  std::vector<FrameRange> frames;                             ///< none: all
  bool skip = false;                                          ///< leave these frames as they are
  std::vector<std::pair<std::string, std::string>> settings;  ///< for set_compose_option()
};

/// Options of composing frame by frame: those of the command, changed by each range that holds the
/// frame, in order, so that a later one has the last word.
class ComposeSchedule {
 public:
  /// Throws Error (ErrorCode::Usage) for a setting that cannot be, whether or not a frame is in its
  /// range.
  explicit ComposeSchedule(ComposeOptions base = {}, std::vector<ComposeRange> ranges = {});

  /// The options for a frame, its index in them; nothing if the frame is to be skipped. number: as
  /// users count frames, by --frame-ranges; index: its position, which seeds its grain.
  std::optional<ComposeOptions> at(std::int64_t number, std::int64_t index) const;
  std::optional<ComposeOptions> at(std::int64_t index) const { return at(index, index); }

  /// All options that a frame can have: the base and each range's over it, for checks before the
  /// first frame, such as check_mask_options().
  std::vector<ComposeOptions> all() const;

 private:
  ComposeOptions base_;
  std::vector<ComposeRange> ranges_;
};

}  // namespace cameo
