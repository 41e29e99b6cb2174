// SPDX-License-Identifier: MIT
#include "kernels/cpu/loops.h"

#include <atomic>
#include <new>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/device.h"

namespace cameo::test {

TEST_CASE("an exception leaves a parallel loop, and the loop works again afterwards") {
  constexpr std::int64_t kCount = 1000;
  const auto loop = [](std::int64_t bad) {
    kernels::parallel_stretches(kCount, 10, [&](std::int64_t begin, std::int64_t) {
      check(begin != bad, "stretch ", begin, " is bad");
    });
  };
  CHECK_THROWS_WITH_AS(loop(500), "stretch 500 is bad", Error);
  CHECK_THROWS_AS(
      kernels::parallel_stretches(kCount, 1, [](auto, auto) { throw std::bad_alloc(); }),
      std::bad_alloc);
  std::atomic<std::int64_t> elements = 0;
  kernels::parallel_stretches(kCount, 7, [&](auto begin, auto end) { elements += end - begin; });
  CHECK(elements == kCount);
}

TEST_CASE("a copy within the CPU's memory is done again at each replay") {
  Cpu on;
  std::vector<float> from{1, 2}, to{0, 0};
  const auto recording =
      on.record([&] { on.copy_device_async(to.data(), from.data(), 2 * sizeof(float)); });
  CHECK(to == std::vector<float>{0, 0});
  for (const float value : {3.0F, 4.0F}) {
    from[1] = value;
    recording->replay();
    CHECK(to == std::vector<float>{1, value});
  }
}

}  // namespace cameo::test
