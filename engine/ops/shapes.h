// SPDX-License-Identifier: MIT
#pragma once
#include "base/error.h"
#include "engine/graph.h"

namespace cameo {

/// Throws Error unless b is [1,1,1,C] for x [N,H,W,C].
inline void check_bias(const char* op, Shape x, Shape b) {
  check(b == Shape{1, 1, 1, x.c}, op, ": the bias is ", b, ", for input ", x, " it must be [1,1,1,",
        x.c, "]");
}

/// Throws Error unless slope > 0: backward reads the sign of the input off the output.
inline void check_slope(const char* op, float slope) {
  check(slope >= 0, op, ": slope must not be negative, got ", slope);
}

/// Throws Error unless the mask is one for images of that shape, or one for each, and wants no
/// gradient.
inline void check_mask(const char* op, Shape images, Value mask) {
  const Shape m = mask.shape();
  check(m == Shape{1, images.h, images.w, 1} || m == Shape{images.n, images.h, images.w, 1}, op,
        ": the mask is ", m, ", for images ", images, " it must be [1,", images.h, ",", images.w,
        ",1] or one for each");
  check(!mask.graph->wants_grad(mask), op, ": the mask wants a gradient, and none goes to it");
}

/// Shape after spreading r*r channels over pixels. Throws Error if they do not divide.
inline Shape shuffled_shape(const char* op, Shape x, int r) {
  check(r > 0 && x.c % (r * r) == 0, op, ": ", x.c, " channels do not divide by ", r * r,
        "; the convolution before it must yield r*r times the wanted channels");
  return {x.n, x.h * r, x.w * r, x.c / (r * r)};
}

}  // namespace cameo
