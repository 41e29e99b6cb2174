// SPDX-License-Identifier: MIT
#include "engine/adam.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace cameo {

DeviceAdamState::DeviceAdamState(Exec& exec, const AdamState& settings)
    : exec_(exec), memory_(run(exec, [](auto& on) { return on.allocate(sizeof(AdamState)); })) {
  write(settings);
}

AdamState DeviceAdamState::read() const {
  AdamState state;
  run(exec_, [&](auto& on) { on.copy_out(&state, device(), sizeof state); });
  return state;
}

void DeviceAdamState::write(const AdamState& settings) {
  run(exec_, [&](auto& on) { on.copy_in(device(), &settings, sizeof settings); });
}

std::vector<StateTensor> DeviceAdamState::save() const {
  const AdamState state = read();
  const std::array rates{state.rate, state.beta1, state.beta2, state.epsilon};
  return {{"rates", "F64", {4}, state_bytes<double>(rates)},
          {"step", "I64", {1}, state_bytes<std::int64_t>({&state.step, 1})}};
}

void DeviceAdamState::load(const StateReader& read) {
  std::array<double, 4> rates{};
  std::int64_t step = 0;
  read("rates", "F64", std::as_writable_bytes(std::span(rates)));
  read("step", "I64", std::as_writable_bytes(std::span(&step, 1)));
  write({.rate = rates[0],
         .beta1 = rates[1],
         .beta2 = rates[2],
         .epsilon = rates[3],
         .step = step,
         .schedule = this->read().schedule});
}

Adam::Adam(ParamStore& params, DeviceAdamState& state, std::vector<Range> ranges,
           const Options& options)
    : params_(params),
      state_(state),
      moments_(params, std::move(ranges), {"m", "v"}),
      dropout_(static_cast<float>(options.dropout)) {
  check(options.dropout >= 0 && options.dropout < 1, "Adam: a dropout of ", options.dropout,
        ", must be 0 to below 1");
}

void Adam::step() {
  run(params_.exec(), [&](auto& on) {
    kernels::adam_advance(on, state_.device());
    std::int64_t at = 0;
    for (const Range& r : moments_.ranges()) {
      kernels::AdamArrays arrays = params_.arrays(r.at);
      arrays.m = moments_.block(0) + at;
      arrays.v = moments_.block(1) + at;
      arrays.dropout = dropout_;
      arrays.first = r.at;
      kernels::adam_step(on, state_.device(), arrays, r.count);
      at += r.count;
    }
  });
}

void Adam::rehearse() {
  run(params_.exec(), [&](auto& on) {
    constexpr std::int64_t kFloats = 64;
    const auto block = [&] { return on.allocate(kFloats * sizeof(float)); };
    const Memory state = on.allocate(sizeof(AdamState)), w = block(), g = block(), m = block(),
                 v = block(), copy = block();
    auto* const at = reinterpret_cast<AdamState*>(state.get());
    const AdamState start;
    on.copy_in(at, &start, sizeof start);
    kernels::AdamArrays arrays = params_.arrays(0);
    arrays.w = reinterpret_cast<float*>(w.get());
    arrays.g = g.get();
    arrays.m = reinterpret_cast<float*>(m.get());
    arrays.v = reinterpret_cast<float*>(v.get());
    arrays.dropout = dropout_;
    if (arrays.copy != nullptr) arrays.copy = reinterpret_cast<Bf16*>(copy.get());
    kernels::adam_advance(on, at);
    kernels::adam_step(on, at, arrays, kFloats);
    on.synchronize();
  });
}

}  // namespace cameo
