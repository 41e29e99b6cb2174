// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cameo {

/// Frame numbers from first to last, both included.
struct FrameRange {
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  bool operator==(const FrameRange&) const = default;
};

/// Items "10-50", "min-50", "50-max", "7", or several in one, with blanks or commas between. Throws
/// Error (ErrorCode::Usage) naming the item that is none of these or runs backwards, so that a slip
/// does not convert everything.
std::vector<FrameRange> parse_ranges(std::span<const std::string> items);

/// Whether the number lies in one of the ranges; in no ranges at all lies everything.
bool in_ranges(std::span<const FrameRange> ranges, std::int64_t number);

/// The last run of digits in a file's base name, its suffix left out: 12 of "take2_0012.png".
/// Nothing if there is none, or if it does not fit 64 bits.
std::optional<std::int64_t> frame_number(std::string_view name);

/// The frames of a video that lie in the ranges, by their index; all if there are none.
std::function<bool(std::int64_t index)> frames_in(std::vector<FrameRange> ranges);

/// The ranges, each `around` numbers longer either way.
std::vector<FrameRange> widened(std::vector<FrameRange> ranges, std::int64_t around);

/// The images of a folder, or the one image, whose numbers (frame_number) lie in the ranges, by
/// their position in the folder; all if there are no ranges. Throws Error (ErrorCode::Input) if the
/// folder cannot be listed.
std::function<bool(std::int64_t index)> images_in(std::span<const FrameRange> ranges,
                                                  const std::filesystem::path& input);

}  // namespace cameo
