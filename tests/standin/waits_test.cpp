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

TEST_CASE("a whole iteration is one graph: no kernel is launched beside it") {
  Studio studio;
  studio.options.metrics_interval = 1000;
  const auto launched = [&](int iterations, const std::string& name) {
    const int before = standin::launches();
    studio.train_to(iterations, on_gpu(), name);
    return standin::launches() - before;
  };
  const int few = launched(2, "few");
  CHECK(few > 0);  // what comes before and after: a rehearsal, the codes of a save, the preview
  CHECK(launched(20, "many") == few);
}
