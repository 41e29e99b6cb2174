// SPDX-License-Identifier: MIT
#pragma once
#include "model/train/recipe.h"
#include "tools/cli/flags.h"

namespace cameo {

constexpr int kAutoBatch = -1;  ///< of RecipeOverrides::batch: "auto"

/// Adds the options of training that replace values of a recipe: of the optimizer, of the losses
/// and of the augmentation. Those below 0, and 0 of batch and rate, once meant "not given".
void add_recipe_flags(Flags& flags, RecipeOverrides& recipe);

}  // namespace cameo
