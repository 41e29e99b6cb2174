// SPDX-License-Identifier: MIT
#include "model/data/face_landmarks.h"

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/png_text.h"

namespace cameo {
namespace {

constexpr std::string_view kKeyword = "cameo-landmarks";
constexpr double kUnit = 1e5;      // steps of a side that coordinates are rounded to
constexpr double kFarthest = 100;  // sides that a landmark may lie beyond the image

}  // namespace

std::vector<unsigned char> with_landmarks(std::span<const unsigned char> png,
                                          const FaceLandmarks& landmarks) {
  std::string text;
  for (const FacePoint& point : landmarks)
    for (const double share : {point.x, point.y})
      text += (text.empty() ? "" : " ") + std::to_string(std::lround(share * kUnit));
  return with_png_text(png, kKeyword, text);
}

std::optional<FaceLandmarks> read_landmarks(const std::filesystem::path& file) {
  const std::optional<std::string> text = png_text(read_bytes(file), kKeyword);
  if (!text) return {};
  FaceLandmarks landmarks;
  const char *at = text->data(), *const last = at + text->size();
  for (FacePoint& point : landmarks) {
    for (double* share : {&point.x, &point.y}) {
      long steps = 0;
      const auto [end, error] = std::from_chars(at, last, steps);
      if (error != std::errc() || std::abs(static_cast<double>(steps)) > kFarthest * kUnit)
        return {};
      *share = static_cast<double>(steps) / kUnit;
      at = end != last && *end == ' ' ? end + 1 : end;
    }
  }
  return at == last ? std::optional(landmarks) : std::nullopt;
}

}  // namespace cameo
