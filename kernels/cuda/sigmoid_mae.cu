// SPDX-License-Identifier: MIT
#include "kernels/sigmoid_mae.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/loss.cuh"

namespace cameo::kernels {

void sigmoid_mae_forward(Cuda& on, ConstView x, ConstView t, View out, ConstView mask) {
  run_loss_forward(on, "sigmoid_mae_forward", x, t, out, Sigmoid{}, mask);
}

void sigmoid_mae_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx,
                          ConstView mask) {
  run_loss_backward(on, "sigmoid_mae_backward", x, t, dout, dx, Sigmoid{}, mask);
}

}  // namespace cameo::kernels
