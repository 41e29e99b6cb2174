// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>

#include "kernels/cuda/activations.cuh"
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/packed.cuh"

// y = act(x + b) and its way back, for x of `rows` pixels by `width` channels. A thread keeps N
// neighbouring channels and walks down the rows, so it reads its biases once and adds up their
// gradients in registers. Threads side by side take channels side by side.

namespace cameo::kernels {

/// y lies as x does.
struct InPlace {
  __device__ std::int64_t at(unsigned row, int c, int width) const {
    return std::int64_t{row} * width + c;
  }
};

/// y is x with its pixels shuffled: channels in blocks of `channels` become r x r pixels.
struct Shuffled {
  unsigned columns;  ///< of x
  int channels, r;
  __device__ std::int64_t at(unsigned row, int c, int) const {
    const unsigned i = row / columns, j = row % columns;  // i counts rows of all images
    const int block = c / channels;
    const std::int64_t y_row = std::int64_t{i} * r + block / r;
    const std::int64_t y_column = std::int64_t{j} * r + block % r;
    return (y_row * columns * r + y_column) * channels + c % channels;
  }
};

struct Extent {
  unsigned rows;
  int width;
};

template <int N, class T, class B, class Act, class Place>
__global__ void __launch_bounds__(kThreads)
    act_forward(const T* x, const B* b, T* y, Extent size, Act act, Place place) {
  const int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) * N;
  if (c >= size.width) return;
  Floats<N> bias{};
  if (b != nullptr) bias = load<N>(b + c);
  const unsigned step = gridDim.y * blockDim.y;
  for (unsigned row = blockIdx.y * blockDim.y + threadIdx.y; row < size.rows; row += step) {
    Floats<N> v = load<N>(x + InPlace{}.at(row, c, size.width));
    for (int k = 0; k < N; ++k) v.v[k] = act.forward(v.v[k] + bias.v[k]);
    store(y + place.at(row, c, size.width), v);
  }
}

/// Outputs of a backward pass; nullptr where nobody wants one.
template <class T>
struct BackwardOut {
  T* dx;
  bool add;
  float* sums;  ///< [gridDim.y, width]: of the rows of one row of blocks
};

template <int N, class T, class Act, class Place>
__global__ void __launch_bounds__(kThreads)
    act_backward(const T* y, const T* dy, BackwardOut<T> to, Extent size, Act act, Place place) {
  const int c = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) * N;
  Floats<N> sums{};
  if (c < size.width) {
    const unsigned step = gridDim.y * blockDim.y;
    for (unsigned row = blockIdx.y * blockDim.y + threadIdx.y; row < size.rows; row += step) {
      const std::int64_t from = place.at(row, c, size.width);
      Floats<N> g = load<N>(dy + from);
      Floats<N> result{};
      if constexpr (Act::kNeedsResult) result = load<N>(y + from);
      for (int k = 0; k < N; ++k) {
        g.v[k] = act.backward(result.v[k], g.v[k]);
        sums.v[k] += g.v[k];
      }
      if (to.dx != nullptr) put(to.dx + InPlace{}.at(row, c, size.width), g, to.add);
    }
  }
  if (to.sums == nullptr) return;
  __shared__ float all[N * kThreads];
  const int thread = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
  for (int k = 0; k < N; ++k) all[k * kThreads + thread] = sums.v[k];
  __syncthreads();
  if (threadIdx.y != 0 || c >= size.width) return;
  for (int k = 0; k < N; ++k) {
    float sum = 0;
    for (int t = thread; t < kThreads; t += static_cast<int>(blockDim.x))
      sum += all[k * kThreads + t];
    sums.v[k] = sum;
  }
  store(to.sums + std::int64_t{blockIdx.y} * size.width + c, sums);
}

constexpr int kSumColumns = 32, kSumRows = 8;

/// Adds `parts` rows of sums into one, in a fixed order.
template <class B>
__global__ void __launch_bounds__(kSumColumns* kSumRows)
    add_parts(const float* sums, int parts, int width, B* to, bool add) {
  __shared__ double all[kSumRows][kSumColumns];
  const int c = static_cast<int>(blockIdx.x) * kSumColumns + static_cast<int>(threadIdx.x);
  double sum = 0;
  if (c < width) {
#pragma unroll 4
    for (int part = static_cast<int>(threadIdx.y); part < parts; part += kSumRows)
      sum += sums[std::int64_t{part} * width + c];
  }
  all[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || c >= width) return;
  for (int row = 1; row < kSumRows; ++row) sum += all[row][threadIdx.x];
  put(to + c, Floats<1>{{static_cast<float>(sum)}}, add);
}

/// Blocks for a multiprocessor: as many as it holds at once by their registers, so that none is
/// left over for a second round; fewer where each leaves sums.
constexpr std::int64_t kForwardBlocks = 6, kBackwardBlocks = 4;

/// How threads are laid over rows and channels.
struct Layout {
  dim3 grid, block;
};

/// At most blocks_each blocks on a multiprocessor and `most` rows of blocks.
inline Layout lay_out(const Cuda& on, Extent size, int n, std::int64_t blocks_each,
                      std::int64_t most) {
  constexpr unsigned kAcross = 32;
  const unsigned groups = (static_cast<unsigned>(size.width) + n - 1) / n;
  Layout to;
  while (to.block.x < groups && to.block.x < kAcross) to.block.x *= 2;
  to.block.y = kThreads / to.block.x;
  to.grid.x = (groups + to.block.x - 1) / to.block.x;
  const std::int64_t needed = (std::int64_t{size.rows} + to.block.y - 1) / to.block.y;
  const std::int64_t held = on.multiprocessors() * blocks_each / to.grid.x;
  to.grid.y = static_cast<unsigned>(std::max<std::int64_t>(1, std::min({needed, held, most})));
  return to;
}

inline Extent extent_of(const char* op, Shape x) {
  const std::int64_t rows = x.size() / x.c;
  check(rows > 0 && rows < (std::int64_t{1} << 31), op, ": ", x, " has ", rows, " pixels");
  return {static_cast<unsigned>(rows), x.c};
}

/// y = act(x + b), or act(x) if b is empty. piece: channels that stay together in y.
template <class Act, class Place>
void run_act_forward(Cuda& on, const char* op, ConstView x, ConstView b, View y, int piece, Act act,
                     Place place) {
  const Extent size = extent_of(op, x.shape);
  dispatch_dtype(op, x.dtype, {y.dtype}, [&](auto t) {
    using T = decltype(t);
    const auto go = [&](auto n, auto type) {
      using B = decltype(type);
      constexpr int kN = decltype(n)::value;
      const Layout layout = lay_out(on, size, kN, kForwardBlocks, 65535);
      launch(on, act_forward<kN, T, B, Act, Place>, layout.grid, layout.block, in<T>(x), in<B>(b),
             out<T>(y), size, act, place);
    };
    const bool wide = piece % kWide<T> == 0 && aligned(x.data, b.data, y.data);
    const auto go_with = [&](auto type) {
      if (wide) {
        go(std::integral_constant<int, kWide<T>>{}, type);
      } else {
        go(std::integral_constant<int, 1>{}, type);
      }
    };
    check(b.dtype == x.dtype || b.dtype == DType::F32, op,
          ": float32 tensors with bfloat16 biases");
    b.dtype == x.dtype ? go_with(T{}) : go_with(float{});
  });
}

/// dx = act's way back of dy, db = dx summed over the pixels. x: the shape of dx.
template <class Act, class Place>
void run_act_backward(Cuda& on, const char* op, ConstView y, ConstView dy, Grad dx, Grad db,
                      Shape x, int piece, Act act, Place place) {
  if (!dx && !db) return;
  const Extent size = extent_of(op, x);
  check(size.width <= Cuda::kPartials, op, ": ", size.width, " channels, at most ",
        Cuda::kPartials);
  int parts = 0;
  dispatch_dtype(op, dy.dtype, {y.dtype, dx ? dx.view.dtype : dy.dtype}, [&](auto t) {
    using T = decltype(t);
    const auto go = [&](auto n) {
      constexpr int kN = decltype(n)::value;
      const Layout layout = lay_out(on, size, kN, kBackwardBlocks, Cuda::kPartials / size.width);
      parts = static_cast<int>(layout.grid.y);
      const BackwardOut<T> to{out<T>(dx), adds(dx), db ? on.partials() : nullptr};
      launch(on, act_backward<kN, T, Act, Place>, layout.grid, layout.block, in<T>(y), in<T>(dy),
             to, size, act, place);
    };
    if (piece % kWide<T> == 0 && aligned(y.data, dy.data, dx.view.data)) {
      go(std::integral_constant<int, kWide<T>>{});
    } else {
      go(std::integral_constant<int, 1>{});
    }
  });
  if (!db) return;
  dispatch_dtype(db.view.dtype, [&](auto t) {
    using B = decltype(t);
    launch(on, add_parts<B>, (size.width + kSumColumns - 1) / kSumColumns,
           dim3(kSumColumns, kSumRows), on.partials(), parts, size.width, out<B>(db), adds(db));
  });
}

}  // namespace cameo::kernels
