// SPDX-License-Identifier: MIT
#include "kernels/grad_norm.h"

#include "kernels/ema.h"
#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

void check_clipping(Trial trial, int count) {
  const int a = trial.out({1, 1, 1, count}, Write::Add), b = trial.out({1, 1, 1, 5}, Write::Add);
  const int told = trial.out({1, 1, 1, 2}, Write::Set, DType::F32);
  trial.check(
      [&](auto& on, auto v) {
        const DeviceNumbers<GradNorm> norm({GradNorm{}});
        const auto block = [&](int i) {
          return kernels::GradBlock{v(i).data, v(i).dtype, v(i).shape.size()};
        };
        for (const int i : {a, b}) kernels::grad_norm_add(on, norm.data(), block(i));
        kernels::grad_norm_finish(on, norm.data(), 0.5F);
        for (const int i : {a, b}) kernels::grad_scale(on, norm.data(), block(i));
        on.synchronize();
        CHECK(norm.data()->squares == 0);
        v(told).f32()[0] = norm.data()->norm;
        v(told).f32()[1] = norm.data()->scale;
      },
      1e-6);
}

void check_average(Trial trial, int count) {
  const Shape shape{1, 1, 1, count};
  const int average = trial.out(shape, Write::Add, DType::F32);
  const int value = trial.in(shape, DType::F32);
  trial.check(
      [&](auto& on, auto v) {
        const DeviceNumbers<EmaState> state({{.decay = 0.9, .step = 3}});
        for (int step = 0; step < 2; ++step) {
          kernels::ema_advance(on, state.data());
          kernels::ema_step(on, state.data(), v(average).f32(), v(value).f32(), count);
        }
        on.synchronize();
        CHECK(state.data()->step == 5);
      },
      1e-6);
}

}  // namespace

TEST_CASE("the norm of gradients and what is clipped are the CPU's") {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const int count : {1, 7, 1027, 70000}) check_clipping(Trial(dtype, skip), count);
    }
  }
}

TEST_CASE("weight averages are the CPU's") {
  for (const int skip : {0, 1}) {
    for (const int count : {1, 3, 8, 1027}) check_average(Trial(DType::F32, skip), count);
  }
}
