// SPDX-License-Identifier: MIT
#pragma once
#include <utility>
#include <variant>

#include "kernels/contexts.h"

namespace cameo {

/// Where a graph runs. Every backend built in is one alternative.
using Exec = std::variant<Cpu>;

/// Calls f with the backend in use: the only dispatch in the program.
template <class F>
decltype(auto) run(Exec& exec, F&& f) {
  return std::visit(std::forward<F>(f), exec);
}

}  // namespace cameo
