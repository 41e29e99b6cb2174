// SPDX-License-Identifier: MIT
#include "kernels/cuda/conv_check.h"

#include <algorithm>
#include <cmath>

#include "base/philox.h"
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/sum.cuh"

namespace cameo::kernels {

constexpr int kSamples = 64, kCorners = 16;

template <class T>
struct FillRandom {
  static constexpr int kWidth = kWide<T>;
  T* to;
  std::uint64_t seed;
  template <int N>
  __device__ void at(std::int64_t i) const {
    Floats<N> v;
    for (int k = 0; k < N; ++k)
      v.v[k] = to_float(from_float<Bf16>(
          2 * unit_float(philox(static_cast<std::uint64_t>(i + k), 0, seed).v[0]) - 1));
    store(to + i, v);
  }
};

void fill_random(Cuda& on, View to, std::uint64_t seed) {
  dispatch_dtype(to.dtype, [&](auto t) {
    using T = decltype(t);
    run_flat(on, FillRandom<T>{out<T>(to), seed}, to.shape.size(), aligned(to.data));
  });
}

/// A tap of the window on a pixel of y, and its channels on both sides.
struct Tap {
  int n, row, column;  ///< of y
  int j, i;            ///< of the window
  int in, out;         ///< channels
};

/// Tap `index` of the sum that element `at` of the result is; of y's pixels, outside of it where
/// the tap meets none.
__device__ inline Tap tap_of(const Conv2dSpec& s, ConvPass pass, Shape at, int index) {
  if (pass == ConvPass::BackwardWeights) {
    const int row = index / s.y.w;
    return {row / s.y.h, row % s.y.h, index % s.y.w, at.h, at.w, at.c, at.n};
  }
  const int channels = pass == ConvPass::Forward ? s.x.c : s.y.c;
  const int channel = index % channels, tap = index / channels;
  const int j = tap / s.w.w, i = tap % s.w.w;
  if (pass == ConvPass::Forward) return {at.n, at.h, at.w, j, i, channel, at.c};
  const int below = at.h + s.pad.top - j, right = at.w + s.pad.left - i;
  const bool meets = below >= 0 && right >= 0 && below % s.stride == 0 && right % s.stride == 0;
  return {at.n, meets ? below / s.stride : s.y.h, right / s.stride, j, i, at.c, channel};
}

__device__ inline std::int64_t index_of(Shape s, int n, int h, int w, int c) {
  return ((std::int64_t{n} * s.h + h) * s.w + w) * s.c + c;
}

/// What a tap adds to the sum: 0 where it is beside an image.
template <class T>
__device__ inline float product(const Conv2dSpec& s, ConvPass pass, const Tap& t, const T* x,
                                const T* w, const T* y) {
  const int row = t.row * s.stride - s.pad.top + t.j,
            column = t.column * s.stride - s.pad.left + t.i;
  if (t.row >= s.y.h || t.column >= s.y.w || row < 0 || row >= s.x.h || column < 0 ||
      column >= s.x.w)
    return 0;
  float factors = 1;
  if (pass != ConvPass::BackwardData) factors *= to_float(x[index_of(s.x, t.n, row, column, t.in)]);
  if (pass != ConvPass::BackwardWeights)
    factors *= to_float(w[index_of(s.w, t.out, t.j, t.i, t.in)]);
  if (pass != ConvPass::Forward) factors *= to_float(y[index_of(s.y, t.n, t.row, t.column, t.out)]);
  return factors;
}

/// One sample a block. count: products of a sum.
template <class T>
__global__ void __launch_bounds__(kThreads)
    sample_sums(const Conv2dSpec s, ConvPass pass, int count, const T* x, const T* w, const T* y,
                ConvSample* samples) {
  ConvSample& sample = samples[blockIdx.x];
  const Shape at = sample.at;
  float sum = 0, squares = 0;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
    const float p = product(s, pass, tap_of(s, pass, at, i), x, w, y);
    sum += p;
    squares += p * p;
  }
  const double wanted = block_sum(sum);
  __syncthreads();
  const double norm = sqrt(block_sum(squares));
  if (threadIdx.x != 0) return;
  const bool is_y = pass == ConvPass::Forward, is_x = pass == ConvPass::BackwardData;
  const std::int64_t i = index_of(is_y ? s.y : is_x ? s.x : s.w, at.n, at.h, at.w, at.c);
  sample.got = to_float((is_y ? y : is_x ? x : w)[i]);
  sample.wanted = static_cast<float>(wanted);
  sample.norm = static_cast<float>(norm);
}

/// Where to look at a result of this shape.
std::vector<ConvSample> samples_of(Shape shape) {
  std::vector<ConvSample> samples(kSamples);
  for (int i = 0; i < kSamples; ++i) {
    const Philox4 bits = philox(static_cast<std::uint64_t>(i), 0, 0);
    const auto coordinate = [&](int dimension, int extent) {
      const std::uint32_t random = bits.v[dimension];
      if (i < kCorners) return (i >> dimension) % 2 * (extent - 1);
      // A quarter each lies on the first and on the last, so that edges have their share.
      if (random % 4 < 2) return static_cast<int>(random % 4) * (extent - 1);
      return static_cast<int>(random / 4 % static_cast<std::uint32_t>(extent));
    };
    samples[static_cast<std::size_t>(i)].at = {coordinate(0, shape.n), coordinate(1, shape.h),
                                               coordinate(2, shape.w), coordinate(3, shape.c)};
  }
  return samples;
}

std::vector<ConvSample> sample_conv(Cuda& on, const Conv2dSpec& spec, ConvPass pass, ConstView x,
                                    ConstView w, ConstView y) {
  const bool is_y = pass == ConvPass::Forward, is_x = pass == ConvPass::BackwardData;
  const std::int64_t count = is_y   ? spec.w.size() / spec.w.n
                             : is_x ? spec.w.size() / spec.w.c
                                    : spec.y.size() / spec.y.c;
  std::vector<ConvSample> samples = samples_of(is_y ? spec.y : is_x ? spec.x : spec.w);
  const std::size_t bytes = samples.size() * sizeof(ConvSample);
  const Memory memory = on.allocate(bytes);
  on.copy_in(memory.get(), samples.data(), bytes);
  dispatch_dtype("conv2d", x.dtype, {w.dtype, y.dtype}, [&](auto t) {
    using T = decltype(t);
    launch(on, sample_sums<T>, kSamples, kThreads, spec, pass, static_cast<int>(count), in<T>(x),
           in<T>(w), in<T>(y), reinterpret_cast<ConvSample*>(memory.get()));
  });
  on.copy_out(samples.data(), memory.get(), bytes);
  return samples;
}

bool is_right(const ConvSample& sample, Precision precision) {
  // A float32 sum of a million products, one by one, is off by 1e-5 of their norm; tensor cores cut
  // sums off, and transformed factors (Winograd's) are rounded. One row of 256 is 6e-2.
  const float share = precision == Precision::F32 ? 1e-3F : 2e-2F;
  const float rounding = precision == Precision::Bf16 ? 1.0F / 128 : 0;
  // Where few products meet, such algorithms still are off by what is usual for others.
  const float allowed = share * std::max(sample.norm, 1.0F) + rounding * std::abs(sample.wanted);
  return std::abs(sample.got - sample.wanted) <= allowed;  // NaN is not
}

}  // namespace cameo::kernels
