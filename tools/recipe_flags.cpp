// SPDX-License-Identifier: MIT
#include "tools/recipe_flags.h"

#include <string>

namespace cameo {
namespace {

void add_optimizer_flags(Flags& flags, RecipeOverrides& recipe) {
  flags
      .add("-b,--batch", &recipe.batch,
           "Batch size: faces of each person in an iteration; auto: the recipe's, or the largest "
           "below it that fits into the GPU's memory")
      .range_or(kAutoBatch, 0, 4096)
      .word("auto", std::to_string(kAutoBatch));
  flags.add("--rate", &recipe.rate, "Learning rate of Adam").range(0, 1);
  flags
      .add("--rate-dropout", &recipe.rate_dropout,
           "Probability that Adam leaves a weight as it is in an iteration, such as 0.7 for a late "
           "part of a training; 0: never")
      .range(0, 0.999);
  flags
      .add("--muon-rate", &recipe.muon,
           "Learning rate of Muon, for the weights of convolutions and dense layers; 0: Adam for "
           "all")
      .range(0, 10);
  flags
      .add("--decay", &recipe.decay,
           "Share of the iterations, the last ones, over which the learning rate decays to 2 %")
      .range_or(-1, 0, 1)
      .old_name("fall");
  flags
      .add("--hold-out", &recipe.hold_out,
           "Share of the faces, the last of each side, that are not trained on; every 100 "
           "iterations "
           "the error of their images is measured (held_a and held_b in metrics.csv)")
      .range(0, 0.5);
  flags
      .add("--decay-on-plateau", &recipe.plateau,
           "Measurements of the faces of --hold-out without a lower loss after which the learning "
           "rate is halved, such as 5; 0: never")
      .range(0, 1000);
  flags
      .add("--ema", &recipe.ema,
           "Decay of a moving average of the weights, such as 0.999, which previews and converted "
           "images are rendered by; 0: none")
      .range(0, 0.999999);
}

void add_loss_flags(Flags& flags, RecipeOverrides& recipe) {
  flags
      .add("--dssim", &recipe.dssim,
           "Weight of structural dissimilarity (DSSIM) beside the mean absolute error")
      .range_or(-1, 0, 100);
  flags
      .add("--ms-ssim", &recipe.ms_ssim,
           "Weight of structural dissimilarity at several scales (MS-SSIM) beside them; 0: none")
      .range(0, 100);
  flags
      .add("--cycle", &recipe.cycle,
           "Weight of cycle consistency: the images of a person's faces that are rendered as the "
           "other person's and then as their own again; needs a frozen encoder; 0: none")
      .range(0, 100);
  flags
      .add("--gan", &recipe.gan,
           "Weight of an adversarial loss that sharpens B's images in the last part of a training, "
           "such as 0.003; 0: none")
      .range(0, 100);
  flags
      .add("--gan-patch", &recipe.gan_patch,
           "Pixels that the adversarial loss's discriminator judges by; 0: an eighth of an image's "
           "side")
      .range(0, 1024);
  flags
      .add("--gan-from", &recipe.gan_from,
           "Share of the iterations after which the adversarial loss begins")
      .range(0, 1);
  flags
      .add("--outside-weight", &recipe.outside,
           "Weight of an image's losses outside the face's mask, which is the landmarks' hull with "
           "the forehead")
      .range(0, 1);
  flags.add("--eyes-weight", &recipe.eyes, "Weight of an image's losses in the eyes").range(0, 100);
  flags.add("--mouth-weight", &recipe.mouth, "Weight of an image's losses in the mouth")
      .range(0, 100);
  flags
      .add("--mask-loss", &recipe.mask,
           "Weight of the mask head's mean squared error; 0: no mask is learned")
      .range(0, 100);
}

void add_augmentation_flags(Flags& flags, RecipeOverrides& recipe) {
  flags
      .add("--placement", &recipe.placement,
           "Strength of random rotation, scaling and shifting; 1 is the article's")
      .range_or(-1, 0, 4);
  flags
      .add("--uniform-yaw", &recipe.uniform_yaw,
           "Share of the faces, 0 to 1, that are chosen so that each direction of look comes "
           "equally "
           "often, by the landmarks in the faces' files; the others come equally often themselves")
      .range(0, 1);
  flags.add("--warp", &recipe.warp, "Strength of random warping; 1 is the article's")
      .range_or(-1, 0, 4);
  flags
      .add(
          "--mirror", &recipe.mirror,
          "Share of the images that are mirrored, 0 to 1; above 0, `cameo convert` matches latents "
          "by default")
      .range_or(-1, 0, 1);
  flags
      .add(
          "--color", &recipe.color,
          "Strength of random brightness, contrast and tint, the same for an image and its target; "
          "at 1 they vary by 10, 25 and 15 %")
      .range(0, 4);
  flags
      .add("--color-transfer", &recipe.color_transfer,
           "Share of the images, 0 to 1, that get the colors of a random face of the other person: "
           "mean and deviation of each, the same for an image and its target")
      .range(0, 1);
}

}  // namespace

void add_recipe_flags(Flags& flags, RecipeOverrides& recipe) {
  add_optimizer_flags(flags, recipe);
  add_loss_flags(flags, recipe);
  add_augmentation_flags(flags, recipe);
}

}  // namespace cameo
