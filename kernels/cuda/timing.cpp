// SPDX-License-Identifier: MIT
#include "kernels/cuda/timing.h"

#include <algorithm>
#include <array>
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
  Event() { check_cuda(cudaEventCreate(&event_), "timing algorithms"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) {
    check_cuda(cudaEventRecord(event_, stream), "timing algorithms");
  }
  float since(const Event& start) const {
    check_cuda(cudaEventSynchronize(event_), "timing algorithms");
    float elapsed = 0;
    check_cuda(cudaEventElapsedTime(&elapsed, start.event_, event_), "timing algorithms");
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

std::string key_tail(Cuda& on, const std::string& library) {
  static constexpr const char* kNames[] = {"f32", "tf32", "bf16"};
  const auto properties = std::make_unique<cudaDeviceProp>();
  check_cuda(cudaGetDeviceProperties(properties.get(), on.options().device), "device ",
             on.options().device);
  return std::string(" ") + kNames[static_cast<std::size_t>(on.options().precision)] +
         (on.options().deterministic ? " deterministic, " : ", ") + properties->name + ", " +
         library;
}

Memory dummy_input(Cuda& on, std::int64_t elements, DType dtype) {
  const auto floats = (static_cast<std::size_t>(elements) * bytes_of(dtype) + 3) / sizeof(float);
  Memory memory = on.allocate(floats * sizeof(float));
  on.fill(reinterpret_cast<float*>(memory.get()), kOrdinary, floats);
  return memory;
}

}  // namespace cameo::kernels
