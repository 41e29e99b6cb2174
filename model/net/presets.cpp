// SPDX-License-Identifier: MIT
#include "model/net/presets.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <sstream>
#include <string>

#include "base/error.h"

namespace cameo {
namespace {

constexpr int kMostChannels = 1 << 20;
constexpr int kMaxSide = 1024;

std::string joined(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

std::vector<int> numbers_in(std::string_view text, const std::string& sizes) {
  std::vector<int> numbers;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    int number = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), number);
    check(error == std::errc() && end == item.data() + item.size() && number > 0 &&
              number <= kMostChannels,
          ErrorCode::Format, "network: not a size: ", item, " in \"", sizes, "\"");
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {.name = "original",
       .about = "the article's network, 82 million parameters: GPUs, or patience",
       .down = {128, 256, 512, 1024},
       .decoder = {256, 128, 64}},
      {.name = "lowmem",
       .about = "one convolution fewer and half the code: 61 million parameters",
       .down = {128, 256, 512},
       .code = 512,
       .decoder = {256, 128, 64}},
      {.name = "light",
       .about = "trains on a laptop's CPU in minutes; the whole face, but softer",
       .down = {32, 64, 128, 256},
       .code = 256,
       .inner = 256,
       .up = {128, 64},
       .decoder = {48, 32},
       .recipe = {.batch = 4,
                  .rate = 1.2e-3,
                  .beta1 = 0.9,
                  .warm_up = 100,
                  .fall = 0.7,
                  .dssim = 0.3,
                  .augment = {.placement = 0.5, .warp = 0.2, .mirror = 0},
                  .shared_init = true},
       .init = Init::HeUniform,
       .coverage = 224},
  };
  return all;
}

bool upscales_fit(const Preset& preset) {
  return !preset.up.empty() && !preset.decoder.empty() &&
         preset.up.size() + preset.decoder.size() == kUpscales;
}

const Preset& preset(std::string_view name) {
  std::string names;
  for (const Preset& p : presets()) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + std::string(p.name);
  }
  fail(ErrorCode::Usage, "preset: there is none called ", name, "; there are ", names);
}

std::string sizes_of(const Preset& preset) {
  std::ostringstream text;
  text << "size=" << preset.size << " down=" << joined(preset.down) << " code=" << preset.code
       << " inner=" << preset.inner << " up=" << joined(preset.up)
       << " decoder=" << joined(preset.decoder);
  if (preset.coverage != Preset{}.coverage) text << " coverage=" << preset.coverage;
  return text.str();
}

Preset preset_of(const std::string& sizes) {
  std::map<std::string, std::vector<int>> fields;
  std::istringstream words(sizes);
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size());
    fields[word.substr(0, equals)] =
        numbers_in(std::string_view(word).substr(equals + (equals < word.size())), sizes);
  }
  const auto one = [&](const char* name) {
    check(fields[name].size() == 1, ErrorCode::Format, "network: \"", sizes, "\" has no ", name);
    return fields[name][0];
  };
  Preset custom{.name = "custom",
                .about = "sizes of its own",
                .size = one("size"),
                .down = fields["down"],
                .code = one("code"),
                .inner = one("inner"),
                .up = fields["up"],
                .decoder = fields["decoder"]};
  if (fields.contains("coverage")) custom.coverage = one("coverage");
  check(custom.size <= kMaxSide && custom.size % kInnerShrink == 0 && !custom.down.empty() &&
            custom.down.size() <= 10 && custom.size % (1 << custom.down.size()) == 0 &&
            upscales_fit(custom) && custom.coverage <= 256,
        ErrorCode::Format, "network: \"", sizes, "\" makes none");
  const std::int64_t map = custom.size >> custom.down.size(), inner = custom.size / kInnerShrink;
  const std::int64_t widest =
      std::max(map * map * custom.down.back(), inner * inner * custom.inner);
  check(widest <= std::numeric_limits<int>::max(), ErrorCode::Format, "network: \"", sizes,
        "\" makes none: a dense layer of ", widest, " numbers is too wide");
  for (const Preset& known : presets())
    if (sizes_of(known) == sizes_of(custom)) return known;
  return custom;
}

}  // namespace cameo
