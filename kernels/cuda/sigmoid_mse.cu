// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mse.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/loss.cuh"

namespace cameo::kernels {

void sigmoid_mse_forward(Cuda& on, ConstView x, ConstView t, View out) {
  run_loss_forward<SquaredError>(on, "sigmoid_mse_forward", x, t, out, Sigmoid{});
}

void sigmoid_mse_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx) {
  run_loss_backward<SquaredError>(on, "sigmoid_mse_backward", x, t, dout, dx, Sigmoid{});
}

}  // namespace cameo::kernels
