// SPDX-License-Identifier: MIT
// The emulator's account of kernels/cuda/tensor_core.cuh.
#include "kernels/cuda/tensor_core.cuh"

#include <cmath>
#include <vector>

#include "kernels/cuda/launch.h"
#include "tests/simt/faulty.h"
#include "tests/simt/trial.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

constexpr int kRows = 16, kColumns = 8, kWords = 8;

float a_of(int row, int k) {
  return static_cast<float>(row + 1) + static_cast<float>(k) / 4;
}

float b_of(int k, int column) {
  return static_cast<float>(column - 3) * static_cast<float>(k + 1) / 8;
}

unsigned bits_of(float x) {
  unsigned bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

/// The word of numbers 2 word, 2 word + 1 (bfloat16), or number `word`.
template <class F>
unsigned word_of(bool narrow, int word, F number) {
  if (!narrow) return bits_of(number(word));
  return from_float<Bf16>(number(2 * word)).bits |
         static_cast<unsigned>(from_float<Bf16>(number(2 * word + 1)).bits) << 16;
}

/// d of one warp, row by row, from sums that begin with 1.
std::vector<float> product(bool narrow) {
  std::vector<float> result(std::size_t{kRows} * kColumns);
  simt::run(1, 32, [&] {
    const int g = static_cast<int>(threadIdx.x) / 4, q = static_cast<int>(threadIdx.x) % 4;
    const auto a = [&](int row, int word) {
      return word_of(narrow, word, [&](int k) { return a_of(row, k); });
    };
    const auto b = [&](int word) {
      return word_of(narrow, word, [&](int k) { return b_of(k, g); });
    };
    const unsigned mine[4] = {a(g, q), a(g + 8, q), a(g, q + 4), a(g + 8, q + 4)};
    float d[4] = {1, 1, 1, 1};
    narrow ? kernels::mma_bf16(d, mine, b(q), b(q + 4))
           : kernels::mma_tf32(d, mine, b(q), b(q + 4));
    for (int i = 0; i < 4; ++i) {
      const std::ptrdiff_t row = g + i / 2 * 8;
      result[static_cast<std::size_t>(row * kColumns + std::ptrdiff_t{2} * q + i % 2)] = d[i];
    }
  });
  return result;
}

}  // namespace

TEST_CASE("a warp's product is that of its matrices, in either type") {
  for (const bool narrow : {true, false}) {
    const std::vector<float> d = product(narrow);
    for (int row = 0; row < kRows; ++row)
      for (int column = 0; column < kColumns; ++column) {
        float sum = 1;
        for (int k = 0; k < (narrow ? 2 : 1) * kWords; ++k) sum += a_of(row, k) * b_of(k, column);
        CHECK(d[static_cast<std::size_t>(row * kColumns + column)] == sum);
      }
  }
}

TEST_CASE("rounding to TF32 keeps 10 bits, ties away from zero") {
  CHECK(kernels::as_float(kernels::to_tf32(1 + 0x1p-10F)) == 1 + 0x1p-10F);
  CHECK(kernels::as_float(kernels::to_tf32(1 + 0x1p-11F)) == 1 + 0x1p-10F);
  CHECK(kernels::as_float(kernels::to_tf32(-1 - 0x1p-11F)) == -1 - 0x1p-10F);
  CHECK(kernels::as_float(kernels::to_tf32(1 + 0x1p-12F)) == 1);
  CHECK(std::isinf(kernels::as_float(kernels::to_tf32(INFINITY))));
}

TEST_CASE("a copy that nobody waits for shows where copies arrive late") {
  const Array x({1, 1, 1, 128}, DType::F32), y({1, 1, 1, 128}, DType::F32);
  const_cast<Array&>(x).set(std::vector<float>(128, 2));
  const auto arrives = [&](unsigned order, bool wait) {
    simt::set_order(order);
    kernels::launch_shared(gpu(), copy_through, 1, 32, 512, x.view().f32(), y.view().f32(), wait);
    gpu().synchronize();
    return y.get() == std::vector<float>(128, 2);
  };
  CHECK(arrives(0, true));
  CHECK(arrives(1, true));
  CHECK(!arrives(0, false));
  simt::set_order(0);
}

TEST_CASE("a crooked copy, a product without all lanes and too much shared memory are refused") {
  const Array x({1, 1, 1, 8}, DType::F32);
  const float* const from = x.view().f32();
  CHECK_THROWS_WITH_AS(simt::run(
                           1, 1, [&] { copy_askew(from); }, 16),
                       "kernel, block (0,0,0): an asynchronous copy is not aligned", simt::Misuse);
  CHECK_THROWS_AS(simt::run(1, 32, multiply_apart), simt::Misuse);
  CHECK(contains(message_of([&] {
                   kernels::launch_shared(gpu(), copy_askew, 1, 1, std::size_t{228} << 10, from);
                 }),
                 "bytes of shared memory were refused"));
}
