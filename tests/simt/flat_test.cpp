// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "kernels/cuda/fill.h"
#include "kernels/leaky_relu.h"
#include "kernels/mae.h"
#include "kernels/sigmoid.h"
#include "kernels/sigmoid_mae.h"
#include "kernels/sigmoid_mse.h"
#include "kernels/slice.h"
#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr float kSlope = 0.1F;
constexpr double kOff = 2e-6;

constexpr Shape kShapes[] = {
    {1, 1, 1, 1}, {1, 1, 1, 7}, {2, 3, 5, 3}, {1, 4, 4, 8}, {1, 101, 131, 3}};

/// Calls f(dtype, skip, write).
template <class F>
void for_all(F f) {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const Write write : {Write::Set, Write::Add}) f(dtype, skip, write);
    }
  }
}

void check_slice(Trial trial, Shape shape, int at, Write write) {
  const Shape part{shape.n - 2, shape.h, shape.w, shape.c};
  const int x = trial.in(shape), y = trial.out(part);
  const int dy = trial.in(part), dx = trial.out(shape, write);
  trial.check(
      [&](auto& on, auto v) {
        kernels::slice_forward(on, v(x), v(y), at);
        kernels::slice_backward(on, v(dy), {v(dx), write}, at);
      },
      kOff);
}

}  // namespace

TEST_CASE("activations are the CPU's, forward and back") {
  for_all([](DType dtype, int skip, Write write) {
    for (const Shape shape : kShapes) {
      Trial trial(dtype, skip);
      const int x = trial.in(shape), dy = trial.in(shape);
      const int leaky = trial.out(shape), sigmoid = trial.out(shape);
      const int dleaky = trial.out(shape, write), dsigmoid = trial.out(shape, write);
      trial.check(
          [&](auto& on, auto v) {
            kernels::leaky_relu_forward(on, v(x), v(leaky), kSlope);
            kernels::leaky_relu_backward(on, v(x), v(dy), {v(dleaky), write}, kSlope);
            kernels::sigmoid_forward(on, v(x), v(sigmoid));
            kernels::sigmoid_backward(on, v(x), v(dy), {v(dsigmoid), write});
          },
          kOff);
    }
  });
}

TEST_CASE("losses and their gradients are the CPU's") {
  for_all([](DType dtype, int skip, Write write) {
    for (const Shape shape : kShapes) {
      Trial trial(dtype, skip);
      const int x = trial.in(shape), t = trial.in(shape, DType::F32);
      const int plain = trial.out({}, Write::Set, DType::F32);
      const int squeezed = trial.out({}, Write::Set, DType::F32);
      const int dout = trial.in({}, DType::F32);
      const int dplain = trial.out(shape, write), dsqueezed = trial.out(shape, write);
      const int masked = trial.out({}, Write::Set, DType::F32), dmasked = trial.out(shape, write);
      const int squares = trial.out({}, Write::Set, DType::F32), dsquares = trial.out(shape, write);
      const int mask =
          trial.in({write == Write::Set ? 1 : shape.n, shape.h, shape.w, 1}, DType::F32);
      trial.check(
          [&](auto& on, auto v) {
            kernels::mae_forward(on, v(x), v(t), v(plain));
            kernels::mae_backward(on, v(x), v(t), v(dout), {v(dplain), write});
            kernels::sigmoid_mae_forward(on, v(x), v(t), v(squeezed));
            kernels::sigmoid_mae_backward(on, v(x), v(t), v(dout), {v(dsqueezed), write});
            kernels::sigmoid_mae_forward(on, v(x), v(t), v(masked), v(mask));
            kernels::sigmoid_mae_backward(on, v(x), v(t), v(dout), {v(dmasked), write}, v(mask));
            kernels::sigmoid_mse_forward(on, v(x), v(t), v(squares));
            kernels::sigmoid_mse_backward(on, v(x), v(t), v(dout), {v(dsquares), write});
          },
          kOff);
    }
  });
}

TEST_CASE("a slice is cut out and put back among zeros") {
  for_all([](DType dtype, int skip, Write write) {
    for (const Shape shape : {Shape{4, 3, 5, 3}, Shape{3, 4, 4, 8}, Shape{5, 1, 1, 1}}) {
      for (const int at : {0, 1, 2}) check_slice(Trial(dtype, skip), shape, at, write);
    }
  });
}

TEST_CASE("memory is filled to its end and no further") {
  for (const int skip : {0, 1}) {
    for (const int count : {1, 4, 5, 3000}) {
      const Array array({1, 1, 1, count}, DType::F32, skip);
      kernels::fill(gpu(), array.view().f32(), 2.5F, count);
      gpu().synchronize();
      CHECK(array.get() == std::vector<float>(static_cast<std::size_t>(count), 2.5F));
    }
  }
}

TEST_CASE("tensors of two types are refused") {
  const Array x({1, 1, 1, 4}, DType::F32), y({1, 1, 1, 4}, DType::BF16);
  CHECK_THROWS_WITH_AS(kernels::sigmoid_forward(gpu(), x.view(), y.view()),
                       "sigmoid_forward: some tensors are float32 and some bfloat16", Error);
}
