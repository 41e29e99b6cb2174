// SPDX-License-Identifier: MIT
#include "pipeline/mark/output_marks.h"

#include <charconv>
#include <map>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "pipeline/mark/label.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/watermark.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video.h"

namespace cameo {
namespace {

constexpr std::size_t kAssetDigits = 14;
constexpr int kHex = 16;
constexpr std::size_t kMostKept = 8;  // watermarks, each of the size of a frame

/// Watermarks by their asset ids, made when they are asked for first. Several threads may ask.
class Watermarks {
 public:
  explicit Watermarks(MarkedMedium medium) : medium_(medium) {}

  std::shared_ptr<Watermark> of(std::uint64_t asset) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= kMostKept && !kept_.contains(asset)) kept_.clear();
    std::shared_ptr<Watermark>& one = kept_[asset];
    if (!one)
      one = std::make_shared<Watermark>(WatermarkPayload{.asset = asset}, kPublicMarkKey, medium_);
    return one;
  }

 private:
  MarkedMedium medium_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Watermark>> kept_;
};

/// The asset id that an image's file declares; `otherwise` if it declares none.
std::uint64_t asset_of(const Frame& frame, std::uint64_t otherwise) {
  if (!frame.metadata || frame.metadata->xmp.empty()) return otherwise;
  const std::vector<unsigned char>& xmp = frame.metadata->xmp;
  return parse_asset(declared_in_xmp(std::string(xmp.begin(), xmp.end())).watermark)
      .value_or(otherwise);
}

/// Whether the input is a video whose frames are too small for a watermark.
bool is_small_video(const std::filesystem::path& input) {
  try {
    if (is_images(input)) return false;
    const VideoInfo info = VideoReader(input).info();
    return !can_be_marked({info.width, info.height});
  } catch (const Error&) {  // opening the source says what is wrong with it
    return false;
  }
}

}  // namespace

std::uint64_t asset_id(std::string_view text) {
  return parse_asset(sha256_of_text(text).substr(0, kAssetDigits)).value_or(0);
}

std::string asset_word(std::uint64_t asset) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string word(kAssetDigits, '0');
  for (std::size_t i = kAssetDigits; i-- > 0; asset /= kHex) word[i] = kDigits[asset % kHex];
  return word;
}

std::optional<std::uint64_t> parse_asset(std::string_view word) {
  std::uint64_t asset = 0;
  const char* const end = word.data() + word.size();
  const auto [at, error] = std::from_chars(word.data(), end, asset, kHex);
  if (word.size() != kAssetDigits || error != std::errc() || at != end) return std::nullopt;
  return asset;
}

void add_marks(SinkOptions& options, const std::filesystem::path& input, const OutputMarks& marks) {
  DeclaredMarks declared{.consents = marks.consents, .watermark = std::string(kNoWatermark)};
  std::shared_ptr<Watermarks> watermarks;
  std::uint64_t asset = 0;
  if (marks.watermark) {
    asset = parse_asset(declaration_of(input).watermark).value_or(*marks.watermark);
    watermarks =
        std::make_shared<Watermarks>(marks.video ? MarkedMedium::Video : MarkedMedium::Still);
    if (!is_small_video(input)) declared.watermark = asset_word(asset);
    declared.watermark_of = [asset](const Frame& frame) {
      return can_be_marked(frame.pixels.size()) ? asset_word(asset_of(frame, asset))
                                                : std::string(kNoWatermark);
    };
  }
  if (watermarks || !marks.label.empty())
    options.hooks.frame = [watermarks, asset, label = marks.label,
                           earlier = options.hooks.frame](Frame& frame) {
      if (earlier) earlier(frame);
      if (!label.empty()) draw_label(frame.pixels, label);
      if (watermarks && can_be_marked(frame.pixels.size()))
        watermarks->of(asset_of(frame, asset))->embed(frame.pixels);
    };
  add_declaration(options, input, declared);
}

}  // namespace cameo
