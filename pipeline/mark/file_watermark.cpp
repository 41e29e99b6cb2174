// SPDX-License-Identifier: MIT
#include "pipeline/mark/file_watermark.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video.h"

namespace cameo {
namespace {

constexpr int kSamples = 96;  // frames of a video
constexpr int kGroup = 12;    // of them: a face is in some parts of a video only

/// Every so many frames one is looked at.
std::int64_t sampling_step(const VideoInfo& info) {
  std::int64_t frames = info.frames;
  if (frames <= 0 && info.rate.den > 0) frames = std::llround(info.seconds * info.rate.value());
  return std::max<std::int64_t>(1, (frames + kSamples - 1) / kSamples);
}

/// Reads samples of a video; what is damaged ends it.
class Samples {
 public:
  explicit Samples(const std::filesystem::path& file)
      : reader_(file), step_(sampling_step(reader_.info())) {}

  std::optional<cv::Mat> next() {
    if (count_ == kSamples) return std::nullopt;
    try {
      for (std::int64_t i = 1; count_ > 0 && i < step_; ++i)
        if (!reader_.skip()) return std::nullopt;
      auto image = reader_.next();
      if (!image) return std::nullopt;
      ++count_;
      return image->pixels;
    } catch (const Error&) {
      if (count_ == 0) throw;
      return std::nullopt;
    }
  }
  int count() const { return count_; }
  cv::Size size() const { return {reader_.info().width, reader_.info().height}; }

 private:
  VideoReader reader_;
  std::int64_t step_;
  int count_ = 0;
};

FileWatermark in_image(const std::filesystem::path& file, std::uint64_t key) {
  const cv::Mat pixels = read_still(file).pixels;
  FileWatermark out{.too_small = !can_be_marked(pixels.size()), .frames = 1};
  if (!out.too_small) out.result = detect_watermark(pixels, key);
  return out;
}

FileWatermark in_video(const std::filesystem::path& file, std::uint64_t key) {
  Samples samples(file);
  FileWatermark out{.too_small = !can_be_marked(samples.size())};
  if (out.too_small) return out;
  WatermarkDetector all(key);
  bool ended = false;
  for (int group = 0; !ended && !out.result.found; ++group) {
    WatermarkDetector some(key);
    int count = 0;
    while (count < kGroup && !ended) {
      const std::optional<cv::Mat> pixels = samples.next();
      ended = !pixels;
      if (ended || pixels->size() != samples.size()) continue;
      some.add(*pixels);
      all.add(*pixels);
      ++count;
    }
    if (count == 0) break;
    const WatermarkResult result = some.result();
    if (result.found || result.score > out.result.score) out.result = result;
  }
  out.frames = samples.count();
  check(out.frames > 0, ErrorCode::Input, file.string(), ": no image of it can be decoded");
  if (!out.result.found && out.frames > kGroup) {
    const WatermarkResult result = all.result();
    if (result.found || result.score > out.result.score) out.result = result;
  }
  return out;
}

}  // namespace

FileWatermark find_watermark(const std::filesystem::path& file, std::uint64_t key) {
  return is_images(file) ? in_image(file, key) : in_video(file, key);
}

}  // namespace cameo
