// SPDX-License-Identifier: MIT
#include "kernels/bias.h"
#include "kernels/bias_leaky.h"
#include "kernels/bias_leaky_shuffle.h"
#include "kernels/pixel_shuffle.h"
#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr float kSlope = 0.1F;
constexpr double kOff = 2e-6, kSumOff = 5e-5;  // float32 sums of thousands of numbers

/// Channels of one, few, whole and broken packs; more rows than threads; more channels than a block
/// has threads across.
constexpr Shape kShapes[] = {{1, 1, 1, 1},  {2, 3, 5, 3},   {1, 4, 4, 8},   {3, 2, 7, 12},
                             {2, 5, 3, 16}, {1, 9, 11, 40}, {1, 60, 50, 8}, {2, 8, 8, 320}};

Shape bias_of(Shape x) {
  return {1, 1, 1, x.c};
}

/// What kernels tell apart.
struct Kind {
  DType dtype;
  int skip;  ///< elements beyond an aligned address
  DType bias;
  Write write;
};

template <class F>
void for_all_kinds(F f) {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const Write write : {Write::Set, Write::Add}) {
        f(Kind{dtype, skip, dtype, write});
        if (dtype != DType::F32) f(Kind{dtype, skip, DType::F32, write});
      }
    }
  }
}

void check_forward(const Kind& kind, Shape shape) {
  Trial trial(kind.dtype, kind.skip);
  const int x = trial.in(shape), b = trial.in(bias_of(shape), kind.bias);
  const int y = trial.out(shape), z = trial.out(shape);
  trial.check(
      [&](auto& on, auto v) {
        kernels::bias_forward(on, v(x), v(b), v(y));
        kernels::bias_leaky_forward(on, v(x), v(b), v(z), kSlope);
      },
      kOff);
}

void check_gradients(const Kind& kind, Shape shape) {
  const auto [dtype, skip, bias, write] = kind;
  Trial trial(dtype, skip);
  const int y = trial.in(shape), dy = trial.in(shape);
  const int dx = trial.out(shape, write), leaky_dx = trial.out(shape, write);
  const int db = trial.out(bias_of(shape), write, bias);
  const int leaky_db = trial.out(bias_of(shape), write, bias);
  trial.check(
      [&, w = write](auto& on, auto v) {
        kernels::bias_backward(on, v(dy), {v(dx), w}, {v(db), w});
        kernels::bias_leaky_backward(on, v(y), v(dy), {v(leaky_dx), w}, {v(leaky_db), w}, kSlope);
      },
      kSumOff);
}

void check_one_gradient(const Kind& kind, Shape shape) {
  const auto [dtype, skip, bias, write] = kind;
  Trial trial(dtype, skip);
  const int y = trial.in(shape), dy = trial.in(shape);
  const int dx = trial.out(shape, write), db = trial.out(bias_of(shape), write, bias);
  trial.check(
      [&, w = write](auto& on, auto v) {
        kernels::bias_leaky_backward(on, v(y), v(dy), {v(dx), w}, {}, kSlope);
        kernels::bias_leaky_backward(on, v(y), v(dy), {}, {v(db), w}, kSlope);
      },
      kSumOff);
}

/// small: the shape of x, but for r x r times as many channels.
void check_shuffle(const Kind& kind, Shape small, int r) {
  const Shape x_shape{small.n, small.h, small.w, small.c * r * r};
  const Shape y_shape{small.n, small.h * r, small.w * r, small.c};
  const auto [dtype, skip, bias, write] = kind;
  Trial trial(dtype, skip);
  const int x = trial.in(x_shape), b = trial.in(bias_of(x_shape), bias);
  const int y = trial.out(y_shape), plain = trial.out(y_shape);
  const int result = trial.in(y_shape), dy = trial.in(y_shape);
  const int dx = trial.out(x_shape, write), dplain = trial.out(x_shape, write);
  const int db = trial.out(bias_of(x_shape), write, bias);
  trial.check(
      [&, w = write](auto& on, auto v) {
        kernels::bias_leaky_shuffle_forward(on, v(x), v(b), v(y), kSlope, r);
        kernels::bias_leaky_shuffle_backward(on, v(result), v(dy), {v(dx), w}, {v(db), w}, kSlope,
                                             r);
        kernels::pixel_shuffle_forward(on, v(x), v(plain), r);
        kernels::pixel_shuffle_backward(on, v(dy), {v(dplain), w}, r);
      },
      kSumOff);
}

}  // namespace

TEST_CASE("biases are added as on the CPU") {
  for_all_kinds([](const Kind& kind) {
    if (kind.write == Write::Add) return;
    for (const Shape shape : kShapes) check_forward(kind, shape);
  });
}

TEST_CASE("gradients of biases are set or added, with and without those of x") {
  for_all_kinds([](const Kind& kind) {
    for (const Shape shape : kShapes) {
      check_gradients(kind, shape);
      check_one_gradient(kind, shape);
    }
  });
}

TEST_CASE("a shuffle moves pixels as on the CPU, forward and back") {
  for_all_kinds([](const Kind& kind) {
    for (const Shape small : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 3}, Shape{1, 2, 3, 16},
                              Shape{1, 5, 4, 12}, Shape{2, 33, 40, 8}}) {
      for (const int r : {2, 3}) check_shuffle(kind, small, r);
    }
  });
}
