// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

void check_dssim(Trial trial, Shape shape, Write write) {
  const int room = static_cast<int>(kernels::dssim_scratch(shape) / sizeof(float));
  const int x = trial.in(shape), t = trial.in(shape, DType::F32);
  const int scratch = trial.in({1, 1, 1, room}, DType::F32);
  const int loss = trial.out({}, Write::Set, DType::F32);
  const int dloss = trial.in({}, DType::F32), dx = trial.out(shape, write);
  trial.check(
      [&](auto& on, auto v) {
        kernels::dssim_forward(on, v(x), v(t), v(loss), 0.7F, v(scratch));
        kernels::dssim_backward(on, v(x), v(t), v(dloss), {v(dx), write}, 0.7F, v(scratch));
      },
      1e-5);
}

}  // namespace

TEST_CASE("structural dissimilarity and its gradient are the CPU's") {
  for (const DType dtype : kTypes) {
    for (const Write write : {Write::Set, Write::Add}) {
      for (const Shape shape : {Shape{1, 11, 11, 1}, Shape{2, 13, 15, 3}})
        check_dssim(Trial(dtype), shape, write);
    }
  }
}
