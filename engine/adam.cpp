// SPDX-License-Identifier: MIT
#include "engine/adam.h"

#include <utility>

namespace cameo {

Clock::Clock(Exec& exec, const AdamClock& settings) : exec_(exec) {
  memory_ = run(exec_, [](auto& on) { return on.allocate(sizeof(AdamClock)); });
  clock_ = reinterpret_cast<AdamClock*>(memory_.get());
  write(settings);
}

AdamClock Clock::read() const {
  AdamClock state;
  run(exec_, [&](auto& on) { on.copy_out(&state, clock_, sizeof state); });
  return state;
}

void Clock::write(const AdamClock& settings) {
  run(exec_, [&](auto& on) { on.copy_in(clock_, &settings, sizeof settings); });
}

Adam::Adam(ParamStore& params, Clock& clock, std::vector<Range> ranges)
    : params_(params), clock_(clock), ranges_(std::move(ranges)) {
  for (const Range& r : ranges_) floats_ += r.count;
  const std::size_t bytes = static_cast<std::size_t>(floats_) * sizeof(float);
  memory_ = run(params_.exec(), [&](auto& on) { return on.allocate(2 * bytes); });
  m_ = reinterpret_cast<float*>(memory_.get());
  v_ = m_ + floats_;
}

void Adam::step() {
  run(params_.exec(), [&](auto& on) {
    kernels::adam_advance(on, clock_.device());
    std::int64_t at = 0;
    for (const Range& r : ranges_) {
      kernels::adam_step(on, clock_.device(), params_.weights() + r.at, params_.grads() + r.at,
                         m_ + at, v_ + at, r.count);
      at += r.count;
    }
  });
}

void Adam::read(float* m, float* v) const {
  const std::size_t bytes = static_cast<std::size_t>(floats_) * sizeof(float);
  run(params_.exec(), [&](auto& on) {
    on.copy_out(m, m_, bytes);
    on.copy_out(v, v_, bytes);
  });
}

void Adam::write(const float* m, const float* v) {
  const std::size_t bytes = static_cast<std::size_t>(floats_) * sizeof(float);
  run(params_.exec(), [&](auto& on) {
    on.copy_in(m_, m, bytes);
    on.copy_in(v_, v, bytes);
  });
}

}  // namespace cameo
