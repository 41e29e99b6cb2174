// SPDX-License-Identifier: MIT
#include "kernels/adam.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// Two steps of Adam. The copy of the weights is float32 on the CPU, which rounds nothing.
template <class On>
void two_steps(On& on, float dropout, View w, View g, View m, View v, View copy) {
  constexpr bool kOnHost = std::is_same_v<On, Cpu>;
  const std::int64_t count = w.shape.size();
  const DeviceNumbers<AdamState> clock({{.rate = 1e-2, .step = 6}});
  // A second moment is no less than zero.
  for (std::int64_t i = 0; i < count; ++i) v.f32()[i] = std::abs(v.f32()[i]);
  const kernels::AdamArrays to{.w = w.f32(),
                               .g = g.data,
                               .m = m.f32(),
                               .v = v.f32(),
                               .gradient = g.dtype,
                               .dropout = dropout,
                               .first = 128,
                               .copy = kOnHost ? nullptr : static_cast<Bf16*>(copy.data)};
  for (int step = 0; step < 2; ++step) {
    kernels::adam_advance(on, clock.data());
    kernels::adam_step(on, clock.data(), to, count);
  }
  on.synchronize();
  CHECK(clock.data()->step == 8);
  if (kOnHost) std::copy_n(w.f32(), count, copy.f32());
}

void check_adam(Trial trial, int count, float dropout) {
  const Shape shape{1, 1, 1, count};
  const int g = trial.in(shape), w = trial.out(shape, Write::Add, DType::F32);
  const int m = trial.out(shape, Write::Add, DType::F32);
  const int v = trial.out(shape, Write::Add, DType::F32);
  const int copy = trial.out(shape, Write::Set, DType::BF16);
  trial.check(
      [&](auto& on, auto view) {
        two_steps(on, dropout, view(w), view(g), view(m), view(v), view(copy));
        if (view(copy).dtype != DType::BF16) return;
        for (int i = 0; i < count; ++i)
          CHECK(static_cast<Bf16*>(view(copy).data)[i].bits ==
                from_float<Bf16>(view(w).f32()[i]).bits);
      },
      1e-6);
}

}  // namespace

TEST_CASE(
    "Adam's steps are the CPU's, with dropout too, and a bfloat16 copy is the new weights, "
    "rounded") {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const int count : {1, 3, 8, 1027})
        for (const float dropout : {0.0F, 0.7F}) check_adam(Trial(dtype, skip), count, dropout);
    }
  }
}
