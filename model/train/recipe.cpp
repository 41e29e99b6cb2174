// SPDX-License-Identifier: MIT
#include "model/train/recipe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <variant>

#include "base/error.h"

namespace cameo {
namespace {

using kernels::AugmentStrength;

struct Field {
  const char* name;
  std::variant<int Recipe::*, double Recipe::*, bool Recipe::*, double AugmentStrength::*> member;
};

const std::array<Field, 29> kFields{
    {{"batch", &Recipe::batch},
     {"rate", &Recipe::rate},
     {"beta1", &Recipe::beta1},
     {"rate-dropout", &Recipe::rate_dropout},
     {"muon-rate", &Recipe::muon},
     {"warm-up", &Recipe::warm_up},
     {"decay", &Recipe::decay},
     {"hold-out", &Recipe::hold_out},
     {"decay-on-plateau", &Recipe::plateau},
     {"dssim", &Recipe::dssim},
     {"ms-ssim", &Recipe::ms_ssim},
     {"cycle", &Recipe::cycle},
     {"gan", &Recipe::gan},
     {"gan-patch", &Recipe::gan_patch},
     {"gan-from", &Recipe::gan_from},
     {"ema", &Recipe::ema},
     {"outside-weight", &Recipe::outside},
     {"eyes-weight", &Recipe::eyes},
     {"mouth-weight", &Recipe::mouth},
     {"mask-loss", &Recipe::mask},
     {"uniform-yaw", &Recipe::uniform_yaw},
     {"placement", &AugmentStrength::placement},
     {"warp", &AugmentStrength::warp},
     {"mirror", &AugmentStrength::mirror},
     {"color", &AugmentStrength::color},
     {"color-transfer", &AugmentStrength::transfer},
     {"freeze-encoder", &Recipe::freeze_encoder},
     {"shared-init", &Recipe::shared_init},
     {"faithful", &Recipe::reference}}};  // its first name, kept for model files

/// Calls act(the field's value).
template <class R, class Act>
auto visit_field(R& recipe, const Field& field, Act&& act) {
  return std::visit(
      [&](auto member) {
        if constexpr (std::is_same_v<decltype(member), double AugmentStrength::*>)
          return act(recipe.augment.*member);
        else
          return act(recipe.*member);
      },
      field.member);
}

/// The shortest text that reads back as the same value, whatever the locale.
std::string value_text(const Recipe& recipe, const Field& field) {
  return visit_field(recipe, field, [](auto value) {
    std::array<char, 32> text{};
    if constexpr (std::is_same_v<decltype(value), bool>) {
      return std::string(value ? "1" : "0");
    } else {
      const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
      return std::string(text.data(), end);
    }
  });
}

bool read_value(Recipe& recipe, const Field& field, std::string_view text) {
  return visit_field(recipe, field, [&](auto& value) {
    using T = std::remove_reference_t<decltype(value)>;
    if constexpr (std::is_same_v<T, bool>) {
      value = text == "1";
      return text == "0" || text == "1";
    } else {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc() && end == text.data() + text.size();
    }
  });
}

}  // namespace

kernels::MaskWeights mask_weights(const Recipe& recipe) {
  return {.outside = static_cast<float>(recipe.outside),
          .eyes = static_cast<float>(recipe.eyes),
          .mouth = static_cast<float>(recipe.mouth)};
}

Recipe overridden(Recipe recipe, const RecipeOverrides& overrides) {
  recipe.batch = overrides.batch.value_or(recipe.batch);
  recipe.rate = overrides.rate.value_or(recipe.rate);
  recipe.rate_dropout = overrides.rate_dropout.value_or(recipe.rate_dropout);
  recipe.muon = overrides.muon.value_or(recipe.muon);
  recipe.decay = overrides.decay.value_or(recipe.decay);
  recipe.hold_out = overrides.hold_out.value_or(recipe.hold_out);
  recipe.plateau = overrides.plateau.value_or(recipe.plateau);
  recipe.dssim = overrides.dssim.value_or(recipe.dssim);
  recipe.ms_ssim = overrides.ms_ssim.value_or(recipe.ms_ssim);
  recipe.gan = overrides.gan.value_or(recipe.gan);
  recipe.gan_patch = overrides.gan_patch.value_or(recipe.gan_patch);
  recipe.gan_from = overrides.gan_from.value_or(recipe.gan_from);
  recipe.ema = overrides.ema.value_or(recipe.ema);
  recipe.cycle = overrides.cycle.value_or(recipe.cycle);
  recipe.outside = overrides.outside.value_or(recipe.outside);
  recipe.eyes = overrides.eyes.value_or(recipe.eyes);
  recipe.mouth = overrides.mouth.value_or(recipe.mouth);
  recipe.mask = overrides.mask.value_or(recipe.mask);
  recipe.uniform_yaw = overrides.uniform_yaw.value_or(recipe.uniform_yaw);
  recipe.augment.placement = overrides.placement.value_or(recipe.augment.placement);
  recipe.augment.warp = overrides.warp.value_or(recipe.augment.warp);
  recipe.augment.mirror = overrides.mirror.value_or(recipe.augment.mirror);
  recipe.augment.color = overrides.color.value_or(recipe.augment.color);
  recipe.augment.transfer = overrides.color_transfer.value_or(recipe.augment.transfer);
  recipe.reference = overrides.reference.value_or(recipe.reference);
  recipe.freeze_encoder = overrides.freeze_encoder.value_or(recipe.freeze_encoder);
  return recipe;
}

std::optional<Recipe> recipe_of_preset(std::string_view preset) {
  if (preset == "original" || preset == "lowmem") return Recipe{};
  if (preset == "hd128" || preset == "hd256")
    return Recipe{.batch = 16, .beta1 = 0.9, .warm_up = 1000, .dssim = 0.3, .mask = 1};
  Recipe light{.batch = 4,
               .rate = 1.2e-3,
               .beta1 = 0.9,
               .warm_up = 100,
               .decay = 0.7,
               .dssim = 0.3,
               .augment = {.placement = 0.5, .warp = 0.2, .mirror = 0},
               .shared_init = true};
  if (preset == "light") return light;
  if (preset == "light128") {
    light.batch = 8;
    light.muon = 0.02;
    light.dssim = 0.6;
    light.mask = 1;
    light.augment.mirror = 0.5;
    return light;
  }
  return {};
}

Recipe with_frozen_encoder(Recipe recipe) {
  recipe.freeze_encoder = true;
  recipe.augment.warp = 0;
  return recipe;
}

std::string text_of(const Recipe& recipe) {
  std::string text;
  for (const Field& field : kFields)
    text += (text.empty() ? "" : " ") + std::string(field.name) + "=" + value_text(recipe, field);
  return text;
}

Recipe parse_recipe(const std::string& text, const std::string& source) {
  Recipe recipe;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = std::min(word.find('='), word.size());
    bool known = false;
    for (const Field& field : kFields)
      if (word.compare(0, equals, field.name) == 0 && equals < word.size())
        known = read_value(recipe, field, std::string_view(word).substr(equals + 1));
    check(known, ErrorCode::Format, source, ": its recipe holds \"", word,
          "\", which this version cannot read");
  }
  return recipe;
}

std::vector<std::string> differences(const Recipe& recipe, const Recipe& model) {
  std::vector<std::string> all;
  for (const Field& field : kFields) {
    const std::string now = value_text(recipe, field), before = value_text(model, field);
    if (now != before)
      all.push_back(std::string(field.name) + " " + now + " instead of the model's " + before);
  }
  return all;
}

std::int64_t gan_begin(const Recipe& recipe, std::int64_t iterations) {
  return static_cast<std::int64_t>(std::ceil(recipe.gan_from * static_cast<double>(iterations)));
}

Discriminator discriminator_of(const Recipe& recipe, int size) {
  constexpr int kShare = 8, kLeast = 3;
  Discriminator made{.size = size, .patch = recipe.gan_patch};
  if (made.patch == 0) made.patch = std::max(kLeast, size / kShare);
  made.strides();  // throws if there are none
  return made;
}

void check_recipe(const Recipe& recipe) {
  check(recipe.batch > 0, ErrorCode::Usage, "train: batch ", recipe.batch, " must be positive");
  check(std::isfinite(recipe.rate) && recipe.rate > 0, ErrorCode::Usage, "train: rate ",
        recipe.rate, " must be positive");
  check(std::isfinite(recipe.muon) && recipe.muon >= 0, ErrorCode::Usage, "train: muon-rate ",
        recipe.muon, " must not be negative");
  check(recipe.warm_up >= 0 && recipe.decay >= 0 && recipe.decay <= 1 && recipe.dssim >= 0,
        ErrorCode::Usage, "train: warm-up ", recipe.warm_up, ", decay ", recipe.decay, ", dssim ",
        recipe.dssim, " must not be negative, and decay not above 1");
  check(std::isfinite(recipe.gan) && recipe.gan >= 0 && recipe.gan_patch >= 0 &&
            recipe.gan_from >= 0 && recipe.gan_from <= 1,
        ErrorCode::Usage, "train: gan ", recipe.gan, ", gan-patch ", recipe.gan_patch,
        ", gan-from ", recipe.gan_from, " must not be negative, and gan-from not above 1");
  check(recipe.hold_out >= 0 && recipe.hold_out <= 0.5 && recipe.plateau >= 0 &&
            (recipe.plateau == 0 || recipe.hold_out > 0),
        ErrorCode::Usage, "train: hold-out ", recipe.hold_out,
        " must be in 0..0.5, and above 0 for "
        "decay-on-plateau ",
        recipe.plateau, ", which must not be negative");
  check(recipe.rate_dropout >= 0 && recipe.rate_dropout < 1, ErrorCode::Usage,
        "train: rate-dropout ", recipe.rate_dropout, " must be 0 or below 1");
  check(recipe.augment.color >= 0 && recipe.augment.color <= 4, ErrorCode::Usage, "train: color ",
        recipe.augment.color, " must be in 0..4");
  check(recipe.augment.transfer >= 0 && recipe.augment.transfer <= 1 &&
            (recipe.augment.transfer == 0 || !recipe.reference),
        ErrorCode::Usage, "train: color-transfer ", recipe.augment.transfer,
        " must be in 0..1, and 0 where images are rounded as the article's program did");
  check(recipe.ema >= 0 && recipe.ema < 1, ErrorCode::Usage, "train: ema ", recipe.ema,
        " must be 0 or below 1");
  check(recipe.uniform_yaw >= 0 && recipe.uniform_yaw <= 1, ErrorCode::Usage, "train: uniform-yaw ",
        recipe.uniform_yaw, " must be in 0..1");
  const auto possible = [](double weight) { return std::isfinite(weight) && weight >= 0; };
  check(possible(recipe.outside) && recipe.outside <= 1, ErrorCode::Usage, "train: outside-weight ",
        recipe.outside, " must be in 0..1");
  check(possible(recipe.cycle), ErrorCode::Usage, "train: cycle ", recipe.cycle,
        " must not be negative");
  check(recipe.cycle == 0 || recipe.freeze_encoder, ErrorCode::Usage, "train: --cycle ",
        recipe.cycle,
        " needs an encoder that is kept as a base has it: its latents' moments must stay. Start "
        "from a base, without --freeze-encoder=false; or --cycle 0");
  check(possible(recipe.eyes) && possible(recipe.mouth) && possible(recipe.mask) &&
            possible(recipe.ms_ssim),
        ErrorCode::Usage, "train: eyes-weight ", recipe.eyes, ", mouth-weight ", recipe.mouth,
        ", mask-loss ", recipe.mask, ", ms-ssim ", recipe.ms_ssim, " must not be negative");
}

}  // namespace cameo
