// SPDX-License-Identifier: MIT
#include "engine/ema.h"

#include <utility>

#include "base/error.h"

namespace cameo {

Ema::Ema(ParamStore& params, std::vector<Range> ranges, double decay)
    : params_(params), decay_(decay), averages_(params, std::move(ranges), {"average"}) {
  check(decay > 0 && decay < 1, "Ema: the decay must be between 0 and 1, got ", decay);
  const EmaState start{.decay = decay};
  run(params_.exec(), [&](auto& on) {
    memory_ = on.allocate(sizeof start);
    on.copy_in(device(), &start, sizeof start);
  });
}

void Ema::step() {
  run(params_.exec(), [&](auto& on) {
    kernels::ema_advance(on, device());
    float* to = averages_.block(0);
    for (const Range& range : averages_.ranges()) {
      kernels::ema_step(on, device(), to, params_.weights() + range.at, range.count);
      to += range.count;
    }
  });
}

void Ema::rehearse() {
  run(params_.exec(), [&](auto& on) {
    constexpr std::int64_t kFloats = 64;
    const Memory state = on.allocate(sizeof(EmaState)),
                 averages = on.allocate(kFloats * sizeof(float));
    auto* const at = reinterpret_cast<EmaState*>(state.get());
    auto* const to = reinterpret_cast<float*>(averages.get());
    kernels::ema_advance(on, at);
    kernels::ema_step(on, at, to, to, kFloats);
    on.synchronize();
  });
}

std::vector<StateTensor> Ema::save() const {
  std::vector<StateTensor> all = averages_.save();
  const std::int64_t step = steps();
  all.push_back({"step", "I64", {1}, state_bytes<std::int64_t>({&step, 1})});
  return all;
}

std::int64_t Ema::steps() const {
  EmaState state;
  run(params_.exec(), [&](auto& on) { on.copy_out(&state, device(), sizeof state); });
  return state.step;
}

void Ema::load(const StateReader& read) {
  averages_.load(read);
  EmaState state{.decay = decay_};
  read("step", "I64", std::as_writable_bytes(std::span(&state.step, 1)));
  run(params_.exec(), [&](auto& on) { on.copy_in(device(), &state, sizeof state); });
}

void Ema::copy_to(ParamStore& to) const {
  averages_.for_each([&](const std::string& name, const Param& p, float* data) {
    const int row = to.find(p.name);
    check(to.table()[static_cast<std::size_t>(row)].shape == p.shape, "Ema: ", name, " is ",
          p.shape, ", in the other store it is ", to.table()[static_cast<std::size_t>(row)].shape);
    std::vector<float> host(static_cast<std::size_t>(p.shape.size()));
    run(params_.exec(),
        [&](auto& on) { on.copy_out(host.data(), data, host.size() * sizeof(float)); });
    to.write(row, host.data());
  });
}

}  // namespace cameo
