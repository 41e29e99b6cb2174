// SPDX-License-Identifier: MIT
#include "engine/grad_clip.h"

#include <utility>

#include "base/error.h"

namespace cameo {

GradClip::GradClip(Exec& exec, std::vector<Part> parts, float max_norm)
    : exec_(exec), parts_(std::move(parts)), max_norm_(max_norm) {
  check(max_norm > 0, "GradClip: the largest norm must be > 0, got ", max_norm);
  for (const Part& part : parts_)
    check(static_cast<bool>(part.params.grads(part.range)), "GradClip: a store has no gradients");
  memory_ = run(exec_, [](auto& on) { return on.allocate(sizeof(GradNorm)); });
  const GradNorm start;
  run(exec_, [&](auto& on) { on.copy_in(device(), &start, sizeof start); });
}

void GradClip::apply() {
  run(exec_, [&](auto& on) {
    const auto block = [](const Part& part) {
      const View grads = part.params.grads(part.range);
      return kernels::GradBlock{grads.data, grads.dtype, part.range.count};
    };
    for (const Part& part : parts_) kernels::grad_norm_add(on, device(), block(part));
    kernels::grad_norm_finish(on, device(), max_norm_);
    for (const Part& part : parts_) kernels::grad_scale(on, device(), block(part));
  });
}

float GradClip::norm() const {
  GradNorm host;
  run(exec_, [&](auto& on) { on.copy_out(&host, device(), sizeof host); });
  return host.norm;
}

}  // namespace cameo
