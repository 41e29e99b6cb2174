// SPDX-License-Identifier: MIT
#include "kernels/sigmoid.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

void sigmoid_forward(Cpu&, ConstView x, View y) {
  parallel_stretches(x.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) y.f32()[i] = sigmoid(x.f32()[i]);
  });
}

void sigmoid_backward(Cpu&, ConstView y, ConstView dy, Grad dx) {
  parallel_stretches(y.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) put(dx, i, sigmoid_grad(y.f32()[i], dy.f32()[i]));
  });
}

}  // namespace cameo::kernels
