// SPDX-License-Identifier: MIT
#include "kernels/bias_leaky.h"

#include "kernels/cuda/columns.cuh"

namespace cameo::kernels {

void bias_leaky_forward(Cuda& on, ConstView x, ConstView b, View y, float slope) {
  run_act_forward(on, "bias_leaky_forward", x, b, y, x.shape.c, Leaky{slope}, InPlace{});
}

void bias_leaky_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, Grad db, float slope) {
  run_act_backward(on, "bias_leaky_backward", y, dy, dx, db, y.shape, y.shape.c, Leaky{slope},
                   InPlace{});
}

}  // namespace cameo::kernels
