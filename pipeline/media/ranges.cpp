// SPDX-License-Identifier: MIT
#include "pipeline/media/ranges.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image_format.h"

namespace cameo {
namespace {

/// The number that all of `digits` spells.
std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const bool plain = !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return {};
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stop != end) return {};
  return number;
}

/// text: what the user wrote, of which it is a part.
FrameRange parse_range(std::string_view item, std::string_view text) {
  const std::size_t dash = item.find('-');
  const std::string_view from = item.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? from : item.substr(dash + 1);
  FrameRange range;
  const bool open_start = from == "min" && dash != std::string_view::npos;
  const bool open_end = to == "max" && dash != std::string_view::npos;
  const auto first = number_of(from);
  const auto last = number_of(to);
  check((open_start || first) && (open_end || last), ErrorCode::Usage, "frame ranges: '", text,
        "' is no range; write 10-50, min-50, 50-max or 7");
  if (!open_start) range.first = *first;
  if (!open_end) range.last = *last;
  check(range.first <= range.last, ErrorCode::Usage, "frame ranges: '", text, "' runs backwards");
  return range;
}

}  // namespace

std::vector<FrameRange> parse_ranges(std::span<const std::string> items) {
  std::vector<FrameRange> ranges;
  ranges.reserve(items.size());
  constexpr std::string_view kBetween = " ,";
  for (const std::string_view text : items) {
    std::size_t at = text.find_first_not_of(kBetween);
    if (at == std::string_view::npos) ranges.push_back(parse_range(text, text));  // which tells
    while (at != std::string_view::npos) {
      const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
      ranges.push_back(parse_range(text.substr(at, end - at), text));
      at = text.find_first_not_of(kBetween, end);
    }
  }
  return ranges;
}

bool in_ranges(std::span<const FrameRange> ranges, std::int64_t number) {
  if (ranges.empty()) return true;
  return std::any_of(ranges.begin(), ranges.end(), [number](const FrameRange& range) {
    return range.first <= number && number <= range.last;
  });
}

std::optional<std::int64_t> frame_number(std::string_view name) {
  const std::string stem = std::filesystem::path(name).stem().string();
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t last = stem.find_last_of(kDigits);
  if (last == std::string::npos) return {};
  const std::size_t before = stem.find_last_not_of(kDigits, last);
  const std::size_t first = before == std::string::npos ? 0 : before + 1;
  return number_of(std::string_view(stem).substr(first, last + 1 - first));
}

std::function<bool(std::int64_t)> frames_in(std::vector<FrameRange> ranges) {
  return [ranges = std::move(ranges)](std::int64_t index) { return in_ranges(ranges, index); };
}

std::vector<FrameRange> widened(std::vector<FrameRange> ranges, std::int64_t around) {
  for (FrameRange& range : ranges) {
    range.first = std::max<std::int64_t>(range.first - around, 0);
    if (range.last < std::numeric_limits<std::int64_t>::max() - around) range.last += around;
  }
  return ranges;
}

std::function<bool(std::int64_t)> images_in(std::span<const FrameRange> ranges,
                                            const std::filesystem::path& input) {
  if (ranges.empty()) return frames_in({});
  const std::vector<std::filesystem::path> images = images_of(input);
  std::vector<bool> wanted;
  wanted.reserve(images.size());
  for (const auto& image : images) {
    const auto number = frame_number(utf8_name(image));
    wanted.push_back(number && in_ranges(ranges, *number));
  }
  return [wanted = std::move(wanted)](std::int64_t index) {
    return index < static_cast<std::int64_t>(wanted.size()) &&
           wanted[static_cast<std::size_t>(index)];
  };
}

}  // namespace cameo
