// SPDX-License-Identifier: MIT
// The products that cuBLASLt is handed for a dense layer, multiplied out by their definition.
#include "kernels/cuda/gemm_spec.h"

#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include "tests/standin/gemm_loops.h"

using namespace cameo;
using namespace cameo::kernels;

namespace {

constexpr std::size_t kSamples = 3, kIn = 5, kOut = 4;  // so that none can swap
constexpr DenseSpec kLayer{.n = kSamples, .in = kIn, .out = kOut};

/// Small whole numbers: their sums are exact.
std::vector<float> numbers(std::size_t count, int step) {
  std::vector<float> values(count);
  int next = 0;
  for (float& value : values) value = static_cast<float>((next += step) % 7 - 3);
  return values;
}

struct Arrays {
  std::vector<float> x = numbers(kSamples * kIn, 3), w = numbers(kOut * kIn, 5),
                     b = numbers(kOut, 2), dy = numbers(kSamples * kOut, 4);
};

float at(const std::vector<float>& rows, std::size_t row, std::size_t column, std::size_t width) {
  return rows[row * width + column];
}

}  // namespace

TEST_CASE("the forward product is x w^T + b") {
  Arrays a;
  std::vector<float> y(kSamples * kOut);
  gemm_loops(gemm_forward(kLayer), a.w.data(), a.x.data(), y.data(), a.b.data(), false, AsStored{});
  for (std::size_t n = 0; n < kSamples; ++n)
    for (std::size_t o = 0; o < kOut; ++o) {
      float sum = a.b[o];
      for (std::size_t i = 0; i < kIn; ++i) sum += at(a.x, n, i, kIn) * at(a.w, o, i, kIn);
      CHECK(at(y, n, o, kOut) == sum);
    }
}

TEST_CASE("the product towards the input is dy w, and can be added") {
  Arrays a;
  std::vector<float> dx(kSamples * kIn, 100);
  gemm_loops<float>(gemm_to_input(kLayer), a.w.data(), a.dy.data(), dx.data(), nullptr, true,
                    AsStored{});
  for (std::size_t n = 0; n < kSamples; ++n)
    for (std::size_t i = 0; i < kIn; ++i) {
      float sum = 100;
      for (std::size_t o = 0; o < kOut; ++o) sum += at(a.dy, n, o, kOut) * at(a.w, o, i, kIn);
      CHECK(at(dx, n, i, kIn) == sum);
    }
}

TEST_CASE("the product towards the weights is dy^T x, and its bias gradient the sums of dy") {
  Arrays a;
  std::vector<float> dw(kOut * kIn), db(kOut, 100);
  gemm_loops(gemm_to_weights(kLayer), a.x.data(), a.dy.data(), dw.data(), db.data(), false,
             AsStored{});
  for (std::size_t o = 0; o < kOut; ++o) {
    float bias = 0;
    for (std::size_t n = 0; n < kSamples; ++n) bias += at(a.dy, n, o, kOut);
    CHECK(db[o] == bias);
    for (std::size_t i = 0; i < kIn; ++i) {
      float sum = 0;
      for (std::size_t n = 0; n < kSamples; ++n) sum += at(a.dy, n, o, kOut) * at(a.x, n, i, kIn);
      CHECK(at(dw, o, i, kIn) == sum);
    }
  }
}
