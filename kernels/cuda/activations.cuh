// SPDX-License-Identifier: MIT
#pragma once
#include <cuda_runtime.h>

#include "kernels/leaky_relu.h"
#include "kernels/sigmoid.h"

// Activations as kernels take them: y = forward(x), dx = backward(y, dy).

namespace cameo::kernels {

struct Identity {
  static constexpr bool kNeedsResult = false;
  __device__ float forward(float x) const { return x; }
  __device__ float backward(float, float dy) const { return dy; }
};

struct Leaky {
  static constexpr bool kNeedsResult = true;
  float slope;
  __device__ float forward(float x) const { return leaky(x, slope); }
  __device__ float backward(float y, float dy) const { return leaky_grad(y, dy, slope); }
};

struct Sigmoid {
  __device__ float forward(float x) const { return sigmoid(x); }
  __device__ float backward(float y, float dy) const { return sigmoid_grad(y, dy); }
};

}  // namespace cameo::kernels
