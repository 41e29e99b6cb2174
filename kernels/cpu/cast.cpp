// SPDX-License-Identifier: MIT
#include "kernels/cast.h"

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

void cast_forward(Cpu& on, ConstView x, View y) {
  cast_backward(on, x, {y});
}

void cast_backward(Cpu&, ConstView dy, Grad dx) {
  parallel_stretches(dy.shape.size(), kGrain, [&](auto begin, auto end) {
    for (auto i = begin; i < end; ++i) put(dx, i, dy.f32()[i]);
  });
}

}  // namespace cameo::kernels
