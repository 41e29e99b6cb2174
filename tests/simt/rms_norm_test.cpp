// SPDX-License-Identifier: MIT
#include "kernels/rms_norm.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("rms_norm is the CPU's, forward and back") {
  constexpr float kEps = 1e-6F;
  // One value, fewer than a block's threads, whole packs, more than a block takes at once.
  for (const Shape shape : {Shape{1, 1, 1, 1}, {3, 3, 5, 3}, {2, 4, 4, 8}, {2, 31, 29, 3}})
    for (const DType dtype : kTypes)
      for (const Write write : {Write::Set, Write::Add})
        for (const int skip : {0, 1}) {
          Trial trial(dtype, skip);
          const int x = trial.in(shape), dy = trial.in(shape);
          const int y = trial.out(shape), dx = trial.out(shape, write);
          trial.check(
              [&](auto& on, auto v) {
                kernels::rms_norm_forward(on, v(x), v(y), kEps);
                kernels::rms_norm_backward(on, v(x), v(dy), {v(dx), write}, kEps);
              },
              1e-5);  // threads add in an order of their own
        }
}
