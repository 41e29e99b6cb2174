// SPDX-License-Identifier: MIT
#include "bench/gpu/timing.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "base/random.h"
#include "kernels/bf16.h"

namespace cameo::bench {
namespace {

double median_of(int runs, const std::function<void()>& run) {
  std::vector<double> seconds;
  for (int i = -2; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (i >= 0) seconds.push_back(taken.count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + runs / 2, seconds.end());
  return seconds[static_cast<std::size_t>(runs / 2)];
}

}  // namespace

double seconds_of(Cuda& on, Patience patience, const std::function<void()>& work) {
  work();  // what a first call sets up may not be recorded
  on.synchronize();
  const auto recording = on.record([&] {
    for (int i = 0; i < patience.repeats; ++i) work();
  });
  return median_of(patience.runs,
                   [&] {
                     recording->replay();
                     on.synchronize();
                   }) /
         patience.repeats;
}

double seconds_with_host(Cuda& on, int runs, const std::function<void()>& work) {
  return median_of(runs, [&] {
    work();
    on.synchronize();
  });
}

View Tensors::make(Shape shape, DType dtype, bool zeros) {
  const View view{nullptr, shape, dtype};
  memory_.push_back(on_.allocate(view.bytes()));
  void* const data = memory_.back().get();
  if (!zeros) {
    Random random(memory_.size());
    const auto count = static_cast<std::size_t>(shape.size());
    std::vector<float> wide(count);
    for (float& x : wide) x = 2 * random.uniform() - 1;
    std::vector<Bf16> narrow(dtype == DType::BF16 ? count : 0);
    std::transform(wide.begin(), wide.begin() + static_cast<std::ptrdiff_t>(narrow.size()),
                   narrow.begin(), from_float<Bf16>);
    on_.copy_in(data, narrow.empty() ? static_cast<void*>(wide.data()) : narrow.data(),
                view.bytes());
  }
  return {data, shape, dtype};
}

}  // namespace cameo::bench
