// SPDX-License-Identifier: MIT
#include "kernels/slice.h"

#include <algorithm>

#include "kernels/cpu/loops.h"

namespace cameo::kernels {

void slice_forward(Cpu&, ConstView x, View y, int at) {
  const std::int64_t from = x.shape.size() / x.shape.n * at;
  std::copy_n(x.f32() + from, y.shape.size(), y.f32());
}

void slice_backward(Cpu&, ConstView dy, Grad dx, int at) {
  const std::int64_t from = dx.view.shape.size() / dx.view.shape.n * at, count = dy.shape.size();
  if (dx.write == Write::Set) {
    std::fill_n(dx.view.f32(), from, 0.0F);
    std::fill_n(dx.view.f32() + from + count, dx.view.shape.size() - from - count, 0.0F);
  }
  for (std::int64_t i = 0; i < count; ++i) put(dx, from + i, dy.f32()[i]);
}

}  // namespace cameo::kernels
