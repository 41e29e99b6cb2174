// SPDX-License-Identifier: MIT
#include "kernels/sigmoid.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/map.cuh"

namespace cameo::kernels {

void sigmoid_forward(Cuda& on, ConstView x, View y) {
  run_map_forward(on, "sigmoid_forward", x, y, Sigmoid{});
}

void sigmoid_backward(Cuda& on, ConstView y, ConstView dy, Grad dx) {
  run_map_backward(on, "sigmoid_backward", y, dy, dx, Sigmoid{});
}

}  // namespace cameo::kernels
