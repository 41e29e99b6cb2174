// SPDX-License-Identifier: MIT
#include "kernels/pixel_shuffle.h"

#include "kernels/cuda/columns.cuh"

namespace cameo::kernels {

void pixel_shuffle_forward(Cuda& on, ConstView x, View y, int r) {
  const Shuffled place{static_cast<unsigned>(x.shape.w), y.shape.c, r};
  run_act_forward(on, "pixel_shuffle_forward", x, {}, y, y.shape.c, Identity{}, place);
}

void pixel_shuffle_backward(Cuda& on, ConstView dy, Grad dx, int r) {
  const Shape x = dx.view.shape;
  const Shuffled place{static_cast<unsigned>(x.w), dy.shape.c, r};
  run_act_backward(on, "pixel_shuffle_backward", dy, dy, dx, {}, x, dy.shape.c, Identity{}, place);
}

}  // namespace cameo::kernels
