// SPDX-License-Identifier: MIT
#include "kernels/cuda/autotune.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <memory>

#include <cuda_runtime.h>

#include "base/error.h"
#include "kernels/cuda/runtime.h"

namespace cameo::kernels {
namespace {

constexpr int kWarmUp = 3;
constexpr int kTimed = 10;
constexpr float kOrdinary = 0.5048676133155823F;  // two bfloat16 of 0.504, read as one float32

class Event {
 public:
  Event() { check_cuda(cudaEventCreate(&event_), "timing plans"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) { check_cuda(cudaEventRecord(event_, stream), "timing plans"); }
  float since(const Event& start) const {
    check_cuda(cudaEventSynchronize(event_), "timing plans");
    float elapsed = 0;
    check_cuda(cudaEventElapsedTime(&elapsed, start.event_, event_), "timing plans");
    return elapsed;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

float milliseconds(Cuda& on, const std::function<void()>& run) {
  for (int i = 0; i < kWarmUp; ++i) run();
  std::array<float, kTimed> times = {};
  Event start, end;
  for (float& time : times) {
    start.record(on.stream());
    run();
    end.record(on.stream());
    time = end.since(start);
  }
  std::nth_element(times.begin(), times.begin() + kTimed / 2, times.end());
  return times[kTimed / 2];
}

std::size_t fastest(std::size_t count, const std::function<float(std::size_t)>& time) {
  std::size_t best = count;
  float least = std::numeric_limits<float>::infinity();
  std::exception_ptr first;
  for (std::size_t i = 0; i < count; ++i) {
    try {
      const float spent = time(i);
      if (best == count || spent < least) {
        least = spent;
        best = i;
      }
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  }
  if (best == count) std::rethrow_exception(first);
  return best;
}

std::string key_tail(Cuda& on, const std::string& library) {
  static constexpr const char* kNames[] = {"f32", "tf32", "bf16"};
  const auto properties = std::make_unique<cudaDeviceProp>();
  check_cuda(cudaGetDeviceProperties(properties.get(), on.options().device), "device ",
             on.options().device);
  return std::string(" ") + kNames[static_cast<std::size_t>(on.options().precision)] +
         (on.options().deterministic ? " deterministic, " : ", ") + properties->name + ", " +
         library;
}

Memory made_up(Cuda& on, std::int64_t elements, DType dtype) {
  const auto floats = (static_cast<std::size_t>(elements) * bytes_of(dtype) + 3) / sizeof(float);
  Memory memory = on.allocate(floats * sizeof(float));
  on.fill(reinterpret_cast<float*>(memory.get()), kOrdinary, floats);
  return memory;
}

}  // namespace cameo::kernels
