// SPDX-License-Identifier: MIT
#pragma once
#include <utility>
#include <variant>

#include "kernels/device.h"
#ifdef CAMEO_HAS_CUDA
#include "kernels/cuda/context.h"
#endif

namespace cameo {

/// The device that a graph runs on: one alternative for each backend that is built in.
#ifdef CAMEO_HAS_CUDA
using Exec = std::variant<Cpu, Cuda>;
#else
using Exec = std::variant<Cpu>;
#endif

/// Calls f with the backend in use: how engine and model choose between overloads of kernels.
template <class F>
decltype(auto) run(Exec& exec, F&& f) {
  return std::visit(std::forward<F>(f), exec);
}

}  // namespace cameo
