// SPDX-License-Identifier: MIT
#include "engine/adam.h"

#include <utility>

namespace cameo {

Clock::Clock(Exec& exec, const AdamState& settings) : exec_(exec) {
  memory_ = run(exec_, [](auto& on) { return on.allocate(sizeof(AdamState)); });
  clock_ = reinterpret_cast<AdamState*>(memory_.get());
  write(settings);
}

AdamState Clock::read() const {
  AdamState state;
  run(exec_, [&](auto& on) { on.copy_out(&state, clock_, sizeof state); });
  return state;
}

void Clock::write(const AdamState& settings) {
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
      kernels::AdamArrays arrays = params_.arrays(r.at);
      arrays.m = m_ + at;
      arrays.v = v_ + at;
      kernels::adam_step(on, clock_.device(), arrays, r.count);
      at += r.count;
    }
  });
}

void Adam::rehearse() {
  run(params_.exec(), [&](auto& on) {
    constexpr std::int64_t kFloats = 64;
    const auto block = [&] { return on.allocate(kFloats * sizeof(float)); };
    const Memory clock = on.allocate(sizeof(AdamState)), w = block(), g = block(), m = block(),
                 v = block(), copy = block();
    auto* const time = reinterpret_cast<AdamState*>(clock.get());
    const AdamState start;
    on.copy_in(time, &start, sizeof start);
    kernels::AdamArrays arrays = params_.arrays(0);
    arrays.w = reinterpret_cast<float*>(w.get());
    arrays.g = g.get();
    arrays.m = reinterpret_cast<float*>(m.get());
    arrays.v = reinterpret_cast<float*>(v.get());
    if (arrays.copy != nullptr) arrays.copy = reinterpret_cast<Bf16*>(copy.get());
    kernels::adam_advance(on, time);
    kernels::adam_step(on, time, arrays, kFloats);
    on.synchronize();
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
