// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <vector>

#include "kernels/cuda/context.h"
#include "runtime_api.h"

namespace cameo::test {

/// While it lives, the machine is another one.
struct Elsewhere {
  explicit Elsewhere(const standin::Machine& there) : here(standin::machine()) {
    standin::machine() = there;
  }
  ~Elsewhere() { standin::machine() = here; }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  standin::Machine here;
};

inline std::vector<float> floats_of(Cuda& on, const Memory& memory, std::size_t count) {
  std::vector<float> host(count);
  on.copy_out(host.data(), memory.get(), count * sizeof(float));
  return host;
}

}  // namespace cameo::test
