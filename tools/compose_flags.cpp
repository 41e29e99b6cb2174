// SPDX-License-Identifier: MIT
#include "tools/compose_flags.h"

namespace cameo {

void ComposeFlags::add_to(Flags& flags) {
  MaskOptions& mask = options_->mask;
  flags.choose(
      "-c,--color", options_->color, color_words(),
      "Color transfer from the original face to the swapped one: means (avg), means and "
      "spreads (lab), covariances (mkl), histograms, sliced transport, or large-scale light");
  flags.add("-M,--mask", &mask_,
            "Masks whose least counts, joined by +: shapes rect, hull, extended (with the "
            "forehead), ellipse, facehull, facehullandrect; learned (the network's own); auto "
            "(facehullandrect, and learned where the network has that); occlusion; keep-eyes, "
            "keep-mouth");
  flags.add("-e,--erosion", &mask.erosion, "Mask erosion, pixels; negative dilates")
      .range(-200, 200);
  flags.add("--blur", &mask.blur, "Mask box blur after erosion, pixels").range(0, 200);
  flags
      .add("--feather", &feather_,
           "Mask feather width, as a fraction of the face; 0 for none; default 0.05 with learned, "
           "else 0.08")
      .range(0, 0.5);
  flags
      .add("--far-side", &mask.far_side,
           "Strength by which the far side of a head turned beyond 25 degrees fades; 0: not")
      .range(0, 1);
  flags.add("--sharpen", &options_->sharpen, "Amount of unsharp masking of the drawn face; 0: none")
      .range(0, 5);
  flags
      .add("--detail", &options_->detail,
           "Amount of fine detail that the model's examples, faces it was trained on, lend to the "
           "drawn face")
      .range(0, 1);
  flags.add("--match-grain", &options_->grain, "Amount of the frame's noise that the face gets")
      .range(0, 1);
  flags
      .add("--match-blur", &options_->blur,
           "Amount of blur that makes the face no sharper than the frame's")
      .range(0, 1);
  flags
      .add("--match-compression", &options_->compression,
           "Amount of 8 x 8 block compression of the face, where the frame shows its grid")
      .range(0, 1);
  flags.add("--seamless", &options_->seamless, "Poisson cloning instead of alpha blending");
  flags.also([this] {
    options_->mask.kind = mask_kind(mask_);
    options_->mask.feather = feather_.value_or(kAutoFeather);
  });
}

}  // namespace cameo
