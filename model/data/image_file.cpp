// SPDX-License-Identifier: MIT
#include "model/data/image_file.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/exif.h"
#include "base/files.h"

// NOLINTBEGIN(readability-identifier-naming): stb chose the names.
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_MAX_DIMENSIONS 16384
#define STB_IMAGE_STATIC
#define STB_IMAGE_WRITE_STATIC
#ifndef __clang_analyzer__  // clang-tidy's analyser reports stb's own code
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#endif
// NOLINTEND(readability-identifier-naming)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace cameo {
namespace {

constexpr int kChannels = 3;
constexpr std::size_t kMostBytes = 2147483647;  // stb counts in int

void exchange_red_and_blue(std::vector<std::uint8_t>& bytes) {
  for (std::size_t i = 0; i + 2 < bytes.size(); i += kChannels) std::swap(bytes[i], bytes[i + 2]);
}

void write_to_file(void* context, void* data, int size) {
  static_cast<std::vector<std::byte>*>(context)->insert(
      static_cast<std::vector<std::byte>*>(context)->end(), static_cast<std::byte*>(data),
      static_cast<std::byte*>(data) + size);
}

/// The image turned upright by its EXIF orientation.
Pixels turned(Pixels from, int orientation) {
  if (orientation == 1) return from;
  const bool swap = orientation >= 5;
  const bool mirror = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool upset = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Pixels to{swap ? from.height : from.width, swap ? from.width : from.height, {}};
  to.bgr.reserve(from.bgr.size());
  for (int y = 0; y < to.height; ++y)
    for (int x = 0; x < to.width; ++x) {
      const int column = mirror ? to.width - 1 - x : x, row = upset ? to.height - 1 - y : y;
      const std::ptrdiff_t at = swap ? std::ptrdiff_t{column} * from.width + row
                                     : std::ptrdiff_t{row} * from.width + column;
      const std::uint8_t* pixel = from.bgr.data() + at * kChannels;
      to.bgr.insert(to.bgr.end(), pixel, pixel + kChannels);
    }
  return to;
}

/// Where along a line of `from` pixels pixel `to_at` of `to` lies.
struct Tap {
  int low = 0, high = 0;
  float share = 0;  ///< of `high`
};

std::vector<Tap> taps(int from, int to) {
  std::vector<Tap> all(static_cast<std::size_t>(to));
  for (int k = 0; k < to; ++k) {
    const double at = (k + 0.5) * from / to - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(from - 1));
    const int low = static_cast<int>(inside);
    all[static_cast<std::size_t>(k)] = {low, std::min(low + 1, from - 1),
                                        static_cast<float>(inside - low)};
  }
  return all;
}

/// One byte between four: upper and lower are rows of the image.
std::uint8_t mixed(const std::uint8_t* upper, const std::uint8_t* lower, const Tap& x, const Tap& y,
                   int channel) {
  const int left = x.low * kChannels + channel, right = x.high * kChannels + channel;
  const auto across = [&](const std::uint8_t* row) {
    return static_cast<float>(row[left]) * (1 - x.share) + static_cast<float>(row[right]) * x.share;
  };
  return static_cast<std::uint8_t>(
      std::lround(across(upper) * (1 - y.share) + across(lower) * y.share));
}

}  // namespace

Pixels read_pixels(const std::filesystem::path& file) {
  const std::vector<unsigned char> bytes = read_bytes(file);
  check(bytes.size() <= kMostBytes, ErrorCode::Input, file.string(), ": ", bytes.size(),
        " bytes; images of at most ", kMostBytes, " bytes are read");
  Pixels image;
  int channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> rgb(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &image.width,
                            &image.height, &channels, kChannels),
      stbi_image_free);
  check(rgb != nullptr, ErrorCode::Input, file.string(),
        ": not a PNG or JPEG that can be read: ", stbi_failure_reason());
  const auto count = static_cast<std::size_t>(image.width) * image.height * kChannels;
  image.bgr.assign(rgb.get(), rgb.get() + count);
  exchange_red_and_blue(image.bgr);
  return turned(std::move(image), exif_orientation(exif_of(bytes)));
}

void write_png(const std::filesystem::path& file, const Pixels& image) {
  check(image.width > 0 && image.height > 0 &&
            image.bgr.size() == static_cast<std::size_t>(image.width) * image.height * kChannels,
        file.string(), ": ", image.bgr.size(), " bytes are no image of ", image.width, " x ",
        image.height);
  std::vector<std::uint8_t> rgb = image.bgr;
  exchange_red_and_blue(rgb);
  std::vector<std::byte> png;
  check(stbi_write_png_to_func(write_to_file, &png, image.width, image.height, kChannels,
                               rgb.data(), image.width * kChannels) != 0,
        file.string(), ": cannot be made into a PNG");
  AtomicFile out(file);
  out.write(png);
  out.commit();
}

Pixels resized(const Pixels& from, int width, int height) {
  if (from.width == width && from.height == height) return from;
  Pixels to{width, height, {}};
  to.bgr.reserve(static_cast<std::size_t>(width) * height * kChannels);
  const std::vector<Tap> columns = taps(from.width, width);
  for (const Tap& y : taps(from.height, height)) {
    const std::uint8_t* upper = from.bgr.data() + std::ptrdiff_t{y.low} * from.width * kChannels;
    const std::uint8_t* lower = from.bgr.data() + std::ptrdiff_t{y.high} * from.width * kChannels;
    for (const Tap& x : columns) {
      for (int c = 0; c < kChannels; ++c) to.bgr.push_back(mixed(upper, lower, x, y, c));
    }
  }
  return to;
}

}  // namespace cameo
