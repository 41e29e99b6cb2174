// SPDX-License-Identifier: MIT
#include "engine/floats.h"

#include <algorithm>

#include "kernels/bf16.h"

namespace cameo {

void read_floats(Exec& exec, ConstView from, float* host) {
  const auto count = static_cast<std::size_t>(from.shape.size());
  std::vector<Bf16> shorter(from.dtype == DType::BF16 ? count : 0);
  void* const to = shorter.empty() ? static_cast<void*>(host) : shorter.data();
  run(exec, [&](auto& on) { on.copy_out(to, from.data, count * bytes_of(from.dtype)); });
  std::transform(shorter.begin(), shorter.end(), host, [](Bf16 x) { return to_float(x); });
}

std::vector<float> read_floats(Exec& exec, ConstView from) {
  std::vector<float> host(static_cast<std::size_t>(from.shape.size()));
  read_floats(exec, from, host.data());
  return host;
}

void write_floats(Exec& exec, View to, const float* host) {
  const auto count = static_cast<std::size_t>(to.shape.size());
  std::vector<Bf16> shorter(to.dtype == DType::BF16 ? count : 0);
  std::transform(host, host + shorter.size(), shorter.begin(), from_float<Bf16>);
  const void* const from = shorter.empty() ? static_cast<const void*>(host) : shorter.data();
  run(exec, [&](auto& on) { on.copy_in(to.data, from, to.bytes()); });
}

}  // namespace cameo
