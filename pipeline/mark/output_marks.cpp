// SPDX-License-Identifier: MIT
#include "pipeline/mark/output_marks.h"

#include <charconv>
#include <memory>

#include "pipeline/mark/label.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/watermark.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace {

constexpr std::size_t kAssetDigits = 14;
constexpr int kHex = 16;

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
  std::shared_ptr<Watermark> watermark;
  if (marks.watermark) {
    const std::uint64_t asset =
        parse_asset(declaration_of(input).watermark).value_or(*marks.watermark);
    watermark = std::make_shared<Watermark>(WatermarkPayload{.asset = asset});
    declared.watermark = asset_word(asset);
  }
  if (watermark || !marks.label.empty())
    options.hooks.frame = [watermark, label = marks.label,
                           earlier = options.hooks.frame](Frame& frame) {
      if (earlier) earlier(frame);
      if (!label.empty()) draw_label(frame.pixels, label);
      if (watermark && can_be_marked(frame.pixels.size())) watermark->embed(frame.pixels);
    };
  add_declaration(options, input, declared);
}

}  // namespace cameo
