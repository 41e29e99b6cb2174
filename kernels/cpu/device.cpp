// SPDX-License-Identifier: MIT
#include "kernels/device.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <omp.h>
#include <utility>

#include "base/error.h"
#include "base/round_up.h"

namespace cameo {
namespace {

constexpr std::size_t kAlign = 64;

class Call final : public Recording {
 public:
  explicit Call(std::function<void()> work) : work_(std::move(work)) {}
  void replay() override { work_(); }

 private:
  std::function<void()> work_;
};

}  // namespace

Memory Cpu::allocate(std::size_t bytes) {
  const std::size_t rounded = round_up(std::max<std::size_t>(bytes, 1), kAlign);
  void* memory = std::aligned_alloc(kAlign, rounded);
  check(memory != nullptr, ErrorCode::Device, "cpu: cannot allocate ", rounded >> 20,
        " MiB; a smaller batch or preset needs less");
  std::memset(memory, 0, rounded);
  return {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
}

void Cpu::copy_in(void* to, const void* host, std::size_t bytes) {
  std::memcpy(to, host, bytes);
}

void Cpu::copy_out(void* host, const void* from, std::size_t bytes) {
  std::memcpy(host, from, bytes);
}

void Cpu::fill(float* to, float value, std::size_t count) {
  std::fill_n(to, count, value);
}

std::unique_ptr<Recording> Cpu::record(std::function<void()> work) {
  return std::make_unique<Call>(std::move(work));
}

std::string Cpu::about() const {
  return "cpu (" + std::to_string(omp_get_max_threads()) + " threads), " +
         (precision == Precision::Bf16 ? "bfloat16" : "float32");
}

}  // namespace cameo
