// SPDX-License-Identifier: MIT
#include "kernels/adam.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("Adam's steps are the CPU's; a bfloat16 copy is the new weights, rounded") {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const int count : {1, 3, 8, 4099}) {
        const Shape shape{1, 1, 1, count};
        Trial trial(dtype, skip);
        const int g = trial.in(shape), w = trial.out(shape, Write::Add, DType::F32);
        const int m = trial.out(shape, Write::Add, DType::F32);
        const int v = trial.out(shape, Write::Add, DType::F32);
        const int copy = trial.out(shape, Write::Set, DType::BF16);
        trial.check(
            [&](auto& on, auto view) {
              constexpr bool kOnHost = std::is_same_v<decltype(on), Cpu&>;
              AdamClock clock{.rate = 1e-2, .step = 6};
              // A second moment is no less than zero.
              for (int i = 0; i < count; ++i) view(v).f32()[i] = std::abs(view(v).f32()[i]);
              const kernels::AdamArrays to{
                  .w = view(w).f32(),
                  .g = view(g).data,
                  .m = view(m).f32(),
                  .v = view(v).f32(),
                  .gradient = view(g).dtype,
                  .copy = kOnHost ? nullptr : static_cast<Bf16*>(view(copy).data)};
              kernels::adam_advance(on, &clock);
              kernels::adam_step(on, &clock, to, count);
              kernels::adam_advance(on, &clock);
              kernels::adam_step(on, &clock, to, count);
              if constexpr (kOnHost) {
                std::copy_n(view(w).f32(), count, view(copy).f32());
              } else {
                on.wait();
                for (int i = 0; i < count; ++i)
                  CHECK(static_cast<Bf16*>(view(copy).data)[i].bits ==
                        from_float<Bf16>(view(w).f32()[i]).bits);
              }
              CHECK(clock.step == 8);
            },
            1e-6);
      }
    }
  }
}
