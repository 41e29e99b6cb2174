// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "runtime_api.h"
#include "tests/standin/backends.h"
#include "tests/standin/studio.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("training waits for the GPU once in many steps, not at each") {
  Studio studio;
  studio.train_to(1, on_gpu(), "model");  // what comes before the first step
  const int before = standin::waits();
  studio.train_to(2, on_gpu(), "model");
  const int one = standin::waits() - before;
  studio.train_to(2 + Cuda::kStepsAhead, on_gpu(), "model");
  CHECK(standin::waits() - before - one <= one + 1);
}
