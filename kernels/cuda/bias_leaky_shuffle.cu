// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky_shuffle.h"

#include "kernels/cuda/columns.cuh"

namespace cameo::kernels {

void bias_leaky_shuffle_forward(Cuda& on, ConstView x, ConstView b, View y, float slope, int r) {
  const Shuffled place{static_cast<unsigned>(x.shape.w), y.shape.c, r};
  run_act_forward(on, "bias_leaky_shuffle_forward", x, b, y, y.shape.c, Leaky{slope}, place);
}

void bias_leaky_shuffle_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope,
                                 int r) {
  const Shape s = y.shape, x{s.n, s.h / r, s.w / r, s.c * r * r};
  const Shuffled place{static_cast<unsigned>(x.w), s.c, r};
  run_act_backward(on, "bias_leaky_shuffle_backward", y, dy, dx, db, x, s.c, Leaky{slope}, place);
}

}  // namespace cameo::kernels
