// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/augment.h"
#include "model/net/discriminator.h"

namespace cameo {

/// Hyperparameters of a training: how a network is trained, not what it is. A checkpoint holds
/// them, so that training goes on as it began. The defaults are the article's.
struct Recipe {
  int batch = 64;           ///< faces of each person in an iteration
  double rate = 5e-5;       ///< Adam's learning rate
  double beta1 = 0.5;       ///< Adam's
  double rate_dropout = 0;  ///< probability that Adam leaves a weight as it is in an iteration
  double muon = 0;   ///< learning rate of Muon for weights that are matrices; 0: Adam for all
  int warm_up = 0;   ///< iterations over which the learning rate rises linearly to its full value
  double decay = 0;  ///< share of the iterations, the last ones, over which it falls to 2 %
  double hold_out = 0;  ///< share of the faces that are not trained on but measured
  int plateau = 0;     ///< measurements of those without gain after which the rate halves; 0: never
  double dssim = 0;    ///< weight of structural dissimilarity beside the mean absolute error
  double ms_ssim = 0;  ///< weight of multi-scale structural dissimilarity beside it
  double cycle = 0;    ///< weight of cycle consistency; a frozen encoder's only
  double outside = 1;  ///< weight of an image's losses outside the face's mask
  double eyes = 1, mouth = 1;  ///< the same in eyes and mouth
  double mask = 0;    ///< weight of the mask head's mean squared error, where the network has one
  double gan = 0;     ///< weight of the adversarial loss of B's images beside them; 0: none
  int gan_patch = 0;  ///< pixels that the discriminator judges by; 0: an eighth of an image's side
  double gan_from = 0.8;  ///< share of the iterations after which it begins
  double ema = 0;         ///< decay of a moving average of the weights, which renders; 0: none
  double uniform_yaw =
      0;  ///< share of the faces that are drawn with uniform yaw instead of shuffled
  kernels::AugmentStrength augment{};
  bool freeze_encoder = false;  ///< what leads to the latent stays as it began: for a base's
  bool shared_init = false;     ///< both decoders begin with the same weights
  bool reference = false;       ///< images rounded as the article's program did, on the host
};

/// What a training by this recipe multiplies pixels' losses with.
kernels::MaskWeights mask_weights(const Recipe& recipe);

/// Whether moments of latents are taken of mirrored faces, too: only decoders that have seen their
/// persons mirrored can render what that asks of them.
inline bool measures_mirrored(const Recipe& recipe) {
  return recipe.augment.mirror > 0;
}

/// Values that take the place of a recipe's.
struct RecipeOverrides {
  std::optional<int> batch, gan_patch, plateau;
  std::optional<double> hold_out, rate, rate_dropout, muon, decay, dssim, ms_ssim, cycle, outside,
      eyes, mouth, mask, gan, gan_from, ema, placement, warp, mirror, color, color_transfer,
      uniform_yaw;
  std::optional<bool> reference, freeze_encoder;
};

/// The recipe with the overrides in it.
Recipe overridden(Recipe recipe, const RecipeOverrides& overrides);

/// The recipe that a new model of this preset is trained by; empty if there is no such preset.
/// An existing model keeps the one in its file, whatever later releases put here.
std::optional<Recipe> recipe_of_preset(std::string_view preset);

/// The same for a model that keeps the encoder of a base: what it starts from, and no warp, which
/// does not help one that does not learn.
Recipe with_frozen_encoder(Recipe recipe);

/// All values as text: "batch=4 rate=0.0012 beta1=0.9 ...".
std::string text_of(const Recipe& recipe);

/// The recipe of such a text; values it does not name are the article's. Throws Error
/// (ErrorCode::Format) that begins with `source` if it is damaged or names unknown values.
Recipe parse_recipe(const std::string& text, const std::string& source);

/// What differs from a model's recipe, for people: "batch 8 instead of the model's 4". Names are
/// those of the command line's options.
std::vector<std::string> differences(const Recipe& recipe, const Recipe& model);

/// The iterations of a training of so many after which its adversarial phase begins.
std::int64_t gan_begin(const Recipe& recipe, std::int64_t iterations);

/// The discriminator of a recipe for images of `size` pixels a side. Throws Error
/// (ErrorCode::Usage) if there is none of its patch.
Discriminator discriminator_of(const Recipe& recipe, int size);

/// Throws Error (ErrorCode::Usage) unless all values are possible.
void check_recipe(const Recipe& recipe);

}  // namespace cameo
