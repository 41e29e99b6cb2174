// SPDX-License-Identifier: MIT
#include "kernels/ms_ssim.h"

#include <algorithm>

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

void check_ms_ssim(Trial trial, Shape shape, Write write, int masks) {
  const int room = static_cast<int>(kernels::ms_ssim_scratch(shape) / sizeof(float));
  const int x = trial.in(shape), t = trial.in(shape, DType::F32);
  const int scratch = trial.in({1, 1, 1, room}, DType::F32);
  const int loss = trial.out({}, Write::Set, DType::F32);
  const int dloss = trial.in({}, DType::F32), dx = trial.out(shape, write);
  const int mask = trial.in({std::max(masks, 1), shape.h, shape.w, 1}, DType::F32);
  trial.check(
      [&](auto& on, auto v) {
        const ConstView weights = masks > 0 ? ConstView(v(mask)) : ConstView{};
        kernels::ms_ssim_forward(on, v(x), v(t), v(loss), 0.7F, v(scratch), weights);
        kernels::ms_ssim_backward(on, v(x), v(t), v(dloss), {v(dx), write}, 0.7F, v(scratch),
                                  weights);
      },
      1e-5);
}

}  // namespace

TEST_CASE("multi-scale structural dissimilarity and its gradient are the CPU's") {
  for (const DType dtype : kTypes) {
    for (const Write write : {Write::Set, Write::Add}) {
      for (const Shape shape : {Shape{1, 11, 11, 1}, Shape{2, 23, 27, 3}, Shape{2, 45, 44, 1}})
        for (const int masks : {0, 1, shape.n}) check_ms_ssim(Trial(dtype), shape, write, masks);
    }
  }
}
