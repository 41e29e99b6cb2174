// SPDX-License-Identifier: MIT
// The products that cuBLASLt is handed for a dense layer, multiplied out by their definition.
#include "kernels/cuda/gemm_spec.h"

#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/bf16.h"
#include "tests/standin/gemm_loops.h"

using namespace cameo;
using namespace cameo::kernels;

namespace {

constexpr int kSamples = 3, kIn = 5, kOut = 4;  // three different sizes, so that none can swap
constexpr DenseSpec kLayer{.n = kSamples, .in = kIn, .out = kOut};

/// Small whole numbers: their sums are exact.
template <class T>
std::vector<T> numbers(int count, int step) {
  std::vector<T> values;
  for (int i = 0; i < count; ++i)
    values.push_back(from_float<T>(static_cast<float>((i * step) % 7 - 3)));
  return values;
}

struct Arrays {
  std::vector<float> x = numbers<float>(kSamples * kIn, 3), w = numbers<float>(kOut * kIn, 5),
                     b = numbers<float>(kOut, 2), dy = numbers<float>(kSamples * kOut, 4);
};

float at(const std::vector<float>& rows, int row, int column, int width) {
  return rows[static_cast<std::size_t>(row * width + column)];
}

}  // namespace

TEST_CASE("the forward product is x w^T + b") {
  Arrays a;
  std::vector<float> y(kSamples * kOut);
  gemm_loops(gemm_forward(kLayer), a.w.data(), a.x.data(), y.data(), a.b.data(), false);
  for (int n = 0; n < kSamples; ++n)
    for (int o = 0; o < kOut; ++o) {
      float sum = a.b[static_cast<std::size_t>(o)];
      for (int i = 0; i < kIn; ++i) sum += at(a.x, n, i, kIn) * at(a.w, o, i, kIn);
      CHECK(at(y, n, o, kOut) == sum);
    }
}

TEST_CASE("the product towards the input is dy w, and can be added") {
  Arrays a;
  std::vector<float> dx(kSamples * kIn, 100);
  gemm_loops<float>(gemm_to_input(kLayer), a.w.data(), a.dy.data(), dx.data(), nullptr, true);
  for (int n = 0; n < kSamples; ++n)
    for (int i = 0; i < kIn; ++i) {
      float sum = 100;
      for (int o = 0; o < kOut; ++o) sum += at(a.dy, n, o, kOut) * at(a.w, o, i, kIn);
      CHECK(at(dx, n, i, kIn) == sum);
    }
}

TEST_CASE("the product towards the weights is dy^T x, and its bias gradient the sums of dy") {
  Arrays a;
  std::vector<float> dw(kOut * kIn), db(kOut, 100);
  gemm_loops(gemm_to_weights(kLayer), a.x.data(), a.dy.data(), dw.data(), db.data(), false);
  for (int o = 0; o < kOut; ++o) {
    float bias = 0;
    for (int n = 0; n < kSamples; ++n) bias += at(a.dy, n, o, kOut);
    CHECK(db[static_cast<std::size_t>(o)] == bias);
    for (int i = 0; i < kIn; ++i) {
      float sum = 0;
      for (int n = 0; n < kSamples; ++n) sum += at(a.dy, n, o, kOut) * at(a.x, n, i, kIn);
      CHECK(at(dw, o, i, kIn) == sum);
    }
  }
}
