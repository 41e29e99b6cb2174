// SPDX-License-Identifier: MIT
#include "kernels/mae.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/loss.cuh"

namespace cameo::kernels {

void mae_forward(Cuda& on, ConstView x, ConstView t, View out) {
  run_loss_forward(on, "mae_forward", x, t, out, Identity{});
}

void mae_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx) {
  run_loss_backward(on, "mae_backward", x, t, dout, dx, Identity{});
}

}  // namespace cameo::kernels
