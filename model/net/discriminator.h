// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/graph.h"
#include "engine/params.h"

namespace cameo {

/// U-Net patch discriminator: tells real images from rendered ones, patch by patch at its centre
/// and pixel by pixel at its end. Like a Network it is a way to record layers; its parameters are
/// in a store of their own. Source: DeepFaceLab's, by description; Schoenfeld et al. 2020,
/// arXiv:2002.12655.
struct Discriminator {
  int size = 0;    ///< side S of the images, in pixels
  int patch = 0;   ///< receptive field of a logit at the centre that is aimed at, in pixels
  int width = 16;  ///< channels of the first layer

  /// Logits: above 0 for "real".
  struct Logits {
    Value centre;  ///< [N,H,H,1], of patches
    Value pixels;  ///< [N,S,S,1]
  };

  /// Strides of the 3x3 convolutions down to the centre: the fewest, the first of 2, that come
  /// nearest to the patch. Throws Error (ErrorCode::Usage) unless 3 <= patch <= size and size is
  /// even.
  std::vector<int> strides() const;
  /// Records it. images: [N,S,S,3] in 0..1, of the parameters' type. Without `trainable`, gradients
  /// go to the images alone.
  Logits judge(ParamStore& params, Value images, Trainable trainable) const;
  /// Adds every parameter to the table; call params.allocate() after it.
  void declare(ParamStore& params) const;
};

/// Receptive field of 3x3 convolutions of these strides, in pixels: 3 for one.
int receptive_field(const std::vector<int>& strides);

}  // namespace cameo
