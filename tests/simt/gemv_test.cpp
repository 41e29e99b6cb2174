// SPDX-License-Identifier: MIT
#include "kernels/cuda/gemv.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

struct Sizes {
  int out, in;
};

/// What gemv computes, by its definition.
void products(ConstView x, ConstView w, ConstView b, View y, Sizes s) {
  for (int o = 0; o < s.out; ++o) {
    double sum = b ? b.f32()[o] : 0;
    for (int i = 0; i < s.in; ++i) sum += double{x.f32()[i]} * w.f32()[o * s.in + i];
    y.f32()[o] = static_cast<float>(sum);
  }
}

void check_products(Trial trial, DType bias, Sizes s) {
  const int x = trial.in({1, 1, 1, s.in}), w = trial.in({s.out, 1, 1, s.in});
  const int b = trial.in({1, 1, 1, s.out}, bias);
  const int y = trial.out({1, 1, 1, s.out}), bare = trial.out({1, 1, 1, s.out});
  trial.check(
      [&](auto& on, auto v) {
        if constexpr (std::is_same_v<decltype(on), Cpu&>) {
          products(v(x), v(w), v(b), v(y), s);
          products(v(x), v(w), {}, v(bare), s);
        } else {
          kernels::gemv(on, v(x), v(w), v(b), v(y));
          kernels::gemv(on, v(x), v(w), {}, v(bare));
        }
      },
      1e-5);
}

}  // namespace

TEST_CASE("one sample through a dense layer, with and without biases") {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const Sizes s : {Sizes{1, 1}, Sizes{5, 7}, Sizes{9, 264}, Sizes{4, 1000}}) {
        check_products(Trial(dtype, skip), dtype, s);
        check_products(Trial(dtype, skip), DType::F32, s);
      }
    }
  }
}
