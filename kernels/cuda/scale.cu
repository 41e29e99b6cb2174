// SPDX-License-Identifier: MIT
#include "kernels/scale.h"

#include "kernels/cuda/map.cuh"

namespace cameo::kernels {

struct Factor {
  float k;
  __device__ float forward(float x) const { return k * x; }
  __device__ float backward(float, float dy) const { return k * dy; }
};

void scale_forward(Cuda& on, ConstView x, View y, float k) {
  run_map_forward(on, "scale_forward", x, y, Factor{k});
}

void scale_backward(Cuda& on, ConstView dy, Grad dx, float k) {
  run_map_backward(on, "scale_backward", dy, dy, dx, Factor{k});
}

}  // namespace cameo::kernels
