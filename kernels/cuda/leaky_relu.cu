// SPDX-License-Identifier: MIT
#include "kernels/leaky_relu.h"

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/map.cuh"

namespace cameo::kernels {

void leaky_relu_forward(Cuda& on, ConstView x, View y, float slope) {
  run_map_forward(on, "leaky_relu_forward", x, y, Leaky{slope});
}

void leaky_relu_backward(Cuda& on, ConstView y, ConstView dy, Grad dx, float slope) {
  run_map_backward(on, "leaky_relu_backward", y, dy, dx, Leaky{slope});
}

}  // namespace cameo::kernels
