// SPDX-License-Identifier: MIT
#include "kernels/cuda/narrow_tiles.cuh"

// From many channels to few. A warp has a step of channels (16 of bfloat16, 8 of float32), their
// weights in registers, and goes down the rows of x. Each row of x meets the K rows of y that need
// it: K sets of sums in registers, of which the last is finished with each row and, over all warps,
// added up through shared memory.

namespace cameo::kernels {

constexpr int kStages = 4;  // rows of x under way

struct GatherTiles {
  int rows;             ///< of y, for a block
  int strips, windows;  ///< of an image, down and across
};

/// Warps of a block, one for each step of channels: as many as have registers enough.
template <class P, int K>
constexpr int kMostWarps = std::is_same_v<P, Tf32Products>&& K == 3 ? 16 : 8;

/// Pixels across that a block writes: as many as have registers enough, too.
template <class P, int K, int N>
constexpr int kAcross = (N == 1                   ? 4
                         : kMostWarps<P, K> == 16 ? 1
                                                  : 2) *
                        kTile;

/// Elements from a pixel of x to the next in shared memory: 16 bytes more than it has, so that 8
/// pixels side by side lie in different banks.
template <class T>
__host__ __device__ constexpr int pixel_pitch(int channels) {
  return channels + kWide<T>;
}

/// Loads what a lane needs of w [O,K,K,C].
template <class P, int K, int N>
__device__ inline void load_weights(const GatherArgs& a, unsigned (&b)[K][K][N][2]) {
  using T = typename P::T;
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
  const int step = static_cast<int>(threadIdx.x) / kLanes;
  const T* const w = static_cast<const T*>(a.w) + step * kStep<P> + q * P::kPerWord;
#pragma unroll
  for (int ky = 0; ky < K; ++ky)
#pragma unroll
    for (int kx = 0; kx < K; ++kx)
#pragma unroll
      for (int n = 0; n < N; ++n)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int o = n * kColumns + g;
          const T* const at =
              w + ((o * K + ky) * K + kx) * a.in.c + half * (kWords / 2 * P::kPerWord);
          b[ky][kx][n][half] = o < a.out.c ? P::operand(*reinterpret_cast<const unsigned*>(at)) : 0;
        }
}

/// Adds to the sums of K rows of y what one row of x gives them.
template <class P, int K, int N, int M>
__device__ inline void add_row(const typename P::T* row, int channels,
                               const unsigned (&b)[K][K][N][2], float (&sums)[K][M][N][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
  const int step = static_cast<int>(threadIdx.x) / kLanes;
  const int pitch = pixel_pitch<typename P::T>(channels) / P::kPerWord;  // words
  const auto* const words = reinterpret_cast<const unsigned*>(row) + step * kWords + q;
#pragma unroll
  for (int kx = 0; kx < K; ++kx)
#pragma unroll
    for (int m = 0; m < M; ++m) {
      const unsigned* const at = words + (m * kTile + g + kx) * pitch;
      const unsigned x[4] = {P::operand(at[0]), P::operand(at[8 * pitch]), P::operand(at[4]),
                             P::operand(at[8 * pitch + 4])};
#pragma unroll
      for (int j = 0; j < K; ++j)
#pragma unroll
        for (int n = 0; n < N; ++n)
          P::mma(sums[j][m][n], x, b[K - 1 - j][kx][n][0], b[K - 1 - j][kx][n][1]);
    }
}

/// Leaves the first row of sums in shared memory [pixel][output], and moves the others up.
template <int K, int N, int M>
__device__ inline void hand_over(float* to, float (&sums)[K][M][N][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
#pragma unroll
  for (int m = 0; m < M; ++m)
#pragma unroll
    for (int n = 0; n < N; ++n) {
      float* const at = to + (m * kTile + g) * (N * kColumns) + n * kColumns + 2 * q;
      store(at, Floats<2>{{sums[0][m][n][0], sums[0][m][n][1]}});
      store(at + 8 * N * kColumns, Floats<2>{{sums[0][m][n][2], sums[0][m][n][3]}});
#pragma unroll
      for (int i = 0; i < 4; ++i) {
#pragma unroll
        for (int j = 0; j + 1 < K; ++j) sums[j][m][n][i] = sums[j + 1][m][n][i];
        sums[K - 1][m][n][i] = 0;
      }
    }
}

/// Writes a row of y, over the warps' sums of it.
template <class T, int N, int kPixels>
__device__ inline void write_row(const float* sums, T* y, const GatherArgs& a, int left) {
  constexpr int kOutputs = N * kColumns;
  const int pixels = lesser(kPixels, a.out.w - left), warps = static_cast<int>(blockDim.x) / kLanes;
  for (int i = static_cast<int>(threadIdx.x); i < pixels * a.out.c;
       i += static_cast<int>(blockDim.x)) {
    const float* const mine = sums + i / a.out.c * kOutputs + i % a.out.c;
    float sum = 0;
    for (int warp = 0; warp < warps; ++warp) sum += mine[warp * (kPixels * kOutputs)];
    y[i] = from_float<T>(sum);
  }
}

/// N: tiles of 8 outputs.
template <class P, int K, int N>
__global__ void __launch_bounds__(kMostWarps<P, K>* kLanes)
    gather_rows(const GatherArgs a, const GatherTiles tiles) {
  using T = typename P::T;
  constexpr int kPixels = kAcross<P, K, N>, kHeld = kPixels + K - 1, kSums = kPixels * N * kColumns;
  const int warps = static_cast<int>(blockDim.x) / kLanes,
            warp = static_cast<int>(threadIdx.x) / kLanes;
  const auto block = static_cast<int>(blockIdx.x);
  const int left = block % tiles.windows * kPixels;
  const int top = block / tiles.windows % tiles.strips * tiles.rows;
  const int image = block / tiles.windows / tiles.strips;
  const int pitch = pixel_pitch<T>(a.in.c), row_size = kHeld * pitch;
  T* const rows = reinterpret_cast<T*>(dynamic_shared());
  float* const sums = reinterpret_cast<float*>(rows + kStages * row_size);  // [2][warps][kSums]
  const T* const x = static_cast<const T*>(a.x) + image * image_size<T>(a.in);
  const int steps = lesser(tiles.rows, a.out.h - top) + K - 1;
  const auto load_row = [&](int step) {
    if (step < steps)
      copy_pixels(rows + step % kStages * row_size, pitch, x, a.in, top - a.top + step,
                  left - a.left, kHeld);
    commit_copies();
  };
  for (int step = 0; step < kStages - 1; ++step) load_row(step);
  unsigned b[K][K][N][2];
  load_weights<P, K, N>(a, b);
  float acc[K][kPixels / kTile][N][4] = {};  // of the rows of y from K - 1 before the row of x on
  T* const y = static_cast<T*>(a.y) + image * image_size<T>(a.out) +
               (static_cast<std::int64_t>(top) * a.out.w + left) * a.out.c;
  for (int step = 0; step <= steps; ++step) {
    wait_copies<kStages - 2>();
    __syncthreads();
    load_row(step + kStages - 1);
    if (step >= K)  // the row that the step before finished
      write_row<T, N, kPixels>(sums + (step - 1) % 2 * warps * kSums,
                               y + static_cast<std::int64_t>(step - K) * a.out.w * a.out.c, a,
                               left);
    if (step == steps) break;
    add_row<P, K, N>(rows + step % kStages * row_size, a.in.c, b, acc);
    hand_over(sums + (step % 2 * warps + warp) * kSums, acc);
  }
}

/// Bytes of shared memory of a block that writes `across` pixels.
template <class P>
std::size_t gather_shared(const GatherArgs& a, int across) {
  const int row = (across + a.k - 1) * pixel_pitch<typename P::T>(a.in.c);
  const int sums = a.in.c / kStep<P> * across * ceil_div(a.out.c, kColumns) * kColumns;
  return kStages * sizeof(typename P::T) * row + 2 * sizeof(float) * sums;
}

/// Calls f(kernel, pixels across) with the kernel for `args`; false if there is none.
template <class P, class F>
bool with_kernel(const GatherArgs& a, F f) {
  const int warps = a.in.c / kStep<P>;
  if (a.in.c % kStep<P> != 0 || a.out.c > 2 * kColumns) return false;
  const bool one = a.out.c <= kColumns;
  if (a.k == 3 && warps <= kMostWarps<P, 3>) {
    one ? f(gather_rows<P, 3, 1>, kAcross<P, 3, 1>) : f(gather_rows<P, 3, 2>, kAcross<P, 3, 2>);
    return true;
  }
  if (a.k != 5 || warps > kMostWarps<P, 5>) return false;
  if (one) {
    f(gather_rows<P, 5, 1>, kAcross<P, 5, 1>);
    return true;
  }
  // Three products of each pair would take more registers than there are.
  if constexpr (!std::is_same_v<P, F32Products>) {
    f(gather_rows<P, 5, 2>, kAcross<P, 5, 2>);
    return true;
  }
  return false;
}

bool can_gather(Precision precision, const GatherArgs& args) {
  bool fits = false;
  with_products(precision, [&](auto products) {
    using P = decltype(products);
    with_kernel<P>(args,
                   [&](auto, int across) { fits = gather_shared<P>(args, across) <= kMostShared; });
  });
  return fits;
}

void narrow_gather(Cuda& on, Precision precision, const GatherArgs& args) {
  with_products(precision, [&](auto products) {
    using P = decltype(products);
    with_kernel<P>(args, [&](auto kernel, int across) {
      GatherTiles tiles{};
      tiles.windows = ceil_div(args.out.w, across);
      const std::int64_t others = std::int64_t{args.out.n} * tiles.windows;
      tiles.rows = strip_rows(on, args.out.h, others);
      tiles.strips = ceil_div(args.out.h, tiles.rows);
      launch_shared(on, kernel, static_cast<unsigned>(others * tiles.strips),
                    static_cast<unsigned>(args.in.c / kStep<P> * kLanes),
                    gather_shared<P>(args, across), args, tiles);
    });
  });
}

}  // namespace cameo::kernels
