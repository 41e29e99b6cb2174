// SPDX-License-Identifier: MIT
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/narrow_tiles.cuh"

// Gradient of the weights between few channels and many: sums over all pixels. A warp keeps those
// of 16 or 32 wide channels, all rows of the window and N times 8 elements of a narrow row in
// registers while its block goes through its tiles. The warps' sums are added up in their order,
// then, by a kernel of its own, the blocks'.

namespace cameo::kernels {

constexpr int kBlock = 256, kWarps = kBlock / kLanes;
constexpr int kStages = 3;       // tiles under way
constexpr int kMostAcross = 64;  // wide pixels across in a tile

struct GradTiles {
  int rows, across;     ///< wide pixels of a tile
  int strips, windows;  ///< tiles of an image, down and across
  int count;            ///< of all images
  int pitch;            ///< elements from a narrow row to the next in shared memory
  int stage;            ///< elements from a tile to the next
};

/// Elements from a wide pixel to the next in shared memory.
__host__ __device__ constexpr int wide_pitch(int channels) {
  return channels + 8;
}

/// Floats from a line of sums, of one element of the window, to the next in shared memory.
__host__ __device__ constexpr int line_pitch(int channels) {
  return channels + 4;
}

template <class T>
__device__ inline RowPart grad_part(const NarrowGeometry& g, const GradTiles& tiles, int left,
                                    int elements) {
  return row_part<T>(g.narrow.c * (g.stride * left - g.left),
                     g.narrow.c * g.stride * (tiles.across - 1) + elements);
}

/// Begins to copy tile `tile` of both sides.
template <class T>
__device__ inline void copy_tile(const NarrowGeometry& g, const GradTiles& tiles, int tile,
                                 const T* narrow, const T* wide, T* to, int elements) {
  const int left = tile % tiles.windows * tiles.across;
  const int top = tile / tiles.windows % tiles.strips * tiles.rows;
  const int image = tile / tiles.windows / tiles.strips;
  const int pitch = wide_pitch(g.wide.c), row_size = tiles.across * pitch;
  const T* const from = wide + image * image_size<T>(g.wide);
  for (int row = 0; row < tiles.rows; ++row)
    copy_pixels(to + row * row_size, pitch, from, g.wide, top + row, left, tiles.across);
  copy_rows(to + tiles.rows * row_size, tiles.pitch, narrow + image * image_size<T>(g.narrow),
            g.narrow, g.stride * top - g.top, g.stride * (tiles.rows - 1) + g.k,
            grad_part<T>(g, tiles, left, elements));
}

/// Adds what a warp's pixels of a tile give to its sums. wide, narrow: of the tile, from the warp's
/// first channel and the first wide pixel's first element on.
template <class P, int K, int N, int M>
__device__ inline void add_tile(const NarrowGeometry& geometry, const GradTiles& tiles, int phase,
                                int phases, const typename P::T* wide, const typename P::T* narrow,
                                float (&sums)[M][K][N][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
  const int pitch = wide_pitch(geometry.wide.c), across = tiles.across / kStep<P>;
  const int apart = geometry.narrow.c * geometry.stride;  // elements of neighbouring wide pixels
  for (int i = phase; i < tiles.rows * across; i += phases) {
    const int row = i / across, pixel = i % across * kStep<P> + q * P::kPerWord;
    const typename P::T* const here = wide + (row * tiles.across + pixel) * pitch + g;
    unsigned a[M][4];
#pragma unroll
    for (int m = 0; m < M; ++m)
#pragma unroll
      for (int k = 0; k < 4; ++k)
        a[m][k] = P::pair(here + k / 2 * (4 * P::kPerWord * pitch) + m * kTile + k % 2 * 8, pitch);
    const typename P::T* const under =
        narrow + geometry.stride * row * tiles.pitch + pixel * apart + g;
#pragma unroll
    for (int j = 0; j < K; ++j)
#pragma unroll
      for (int n = 0; n < N; ++n) {
        const typename P::T* const e = under + j * tiles.pitch + n * kColumns;
        const unsigned b0 = P::pair(e, apart), b1 = P::pair(e + 4 * P::kPerWord * apart, apart);
#pragma unroll
        for (int m = 0; m < M; ++m) P::mma(sums[m][j][n], a[m], b0, b1);
      }
  }
}

/// Adds a warp's sums to the block's, or sets those; to: of the warp's first channel.
template <int K, int N, int M>
__device__ inline void join_sums(float* to, int pitch, bool add, const float (&sums)[M][K][N][4]) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
#pragma unroll
  for (int m = 0; m < M; ++m)
#pragma unroll
    for (int j = 0; j < K; ++j)
#pragma unroll
      for (int n = 0; n < N; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          float& at =
              to[((j * N + n) * kColumns + 2 * q + i % 2) * pitch + m * kTile + g + i / 2 * 8];
          at = add ? at + sums[m][j][n][i] : sums[m][j][n][i];
        }
}

/// parts: [blocks][K * K * narrow channels][wide channels]. N: tiles of 8 elements of a narrow row;
/// M: of 16 wide channels, of a warp.
template <class P, int K, int N, int M>
__global__ void __launch_bounds__(kBlock, 1)
    add_weights(const NarrowGeometry g, const GradTiles tiles, const typename P::T* narrow,
                const typename P::T* wide, float* parts) {
  using T = typename P::T;
  constexpr int kElements = N * kColumns;
  T* const shared = reinterpret_cast<T*>(dynamic_shared());
  const auto block = static_cast<int>(blockIdx.x), blocks = static_cast<int>(gridDim.x);
  const int warp = static_cast<int>(threadIdx.x) / kLanes, channels = g.wide.c;
  const int groups = channels / (M * kTile), phases = kWarps / groups;
  const int channel = warp % groups * (M * kTile), phase = warp / groups;
  const auto load_tile = [&](int step) {
    const int tile = block + step * blocks;
    if (tile < tiles.count)
      copy_tile(g, tiles, tile, narrow, wide, shared + step % kStages * tiles.stage, kElements);
    commit_copies();
  };
  for (int step = 0; step < kStages - 1; ++step) load_tile(step);
  float sums[M][K][N][4] = {};
  for (int step = 0; block + step * blocks < tiles.count; ++step) {
    wait_copies<kStages - 2>();
    __syncthreads();
    load_tile(step + kStages - 1);
    const int left = (block + step * blocks) % tiles.windows * tiles.across;
    const T* const tile = shared + step % kStages * tiles.stage;
    const int before =
        g.narrow.c * (g.stride * left - g.left) - grad_part<T>(g, tiles, left, kElements).first;
    if (phase < phases)
      add_tile<P, K, N, M>(g, tiles, phase, phases, tile + channel,
                           tile + tiles.rows * tiles.across * wide_pitch(channels) + before, sums);
  }
  wait_copies<0>();
  __syncthreads();
  float* const all = reinterpret_cast<float*>(shared);
  const int pitch = line_pitch(channels), used = K * g.narrow.c;
  for (int turn = 0; turn < phases; ++turn) {
    if (turn == phase) join_sums<K, N, M>(all + channel, pitch, turn > 0, sums);
    __syncthreads();
  }
  float* const out = parts + static_cast<std::int64_t>(block) * K * used * channels;
  const Divisor by_channels(channels), by_used(used);
  for (int i = static_cast<int>(threadIdx.x); i < K * used * channels; i += kBlock) {
    const int line = by_channels.quotient(i), row = by_used.quotient(line);
    out[i] = all[(row * kElements + by_used.rest(line, row)) * pitch + by_channels.rest(i, line)];
  }
}

constexpr int kFolded = 32;  // weights of a block

/// dw from the parts of all blocks, `count` of them.
template <class T>
__global__ void __launch_bounds__(kBlock)
    fold_parts(const NarrowGeometry g, const float* parts, int count, T* dw) {
  __shared__ float sums[kWarps][kFolded];
  const int used = g.k * g.narrow.c, channels = g.wide.c, weights = g.k * used * channels;
  const int lane = static_cast<int>(threadIdx.x) % kLanes,
            warp = static_cast<int>(threadIdx.x) / kLanes;
  const int i = static_cast<int>(blockIdx.x) * kFolded + lane;
  float sum = 0;
  if (i < weights) {
#pragma unroll 4
    for (int part = warp; part < count; part += kWarps)
      sum += parts[std::int64_t{part} * weights + i];
  }
  sums[warp][lane] = sum;
  __syncthreads();
  if (warp != 0 || i >= weights) return;
  for (int k = 1; k < kWarps; ++k) sum += sums[k][lane];
  const int line = i / channels, j = line / used, e = line % used;
  dw[weight_at(g, j, e / g.narrow.c, e % g.narrow.c, i % channels)] = from_float<T>(sum);
}

/// Tiles of 8 elements of a row of the window, rounded up to what there are kernels for.
int element_tiles(const NarrowGeometry& g) {
  const int used = g.k * g.narrow.c;
  return used <= 16 ? 2 : used <= 40 ? 5 : 8;
}

template <class T>
GradTiles grad_tiles(const NarrowGeometry& g, int rows) {
  GradTiles tiles{};
  tiles.rows = rows;
  tiles.across = std::min(kMostAcross, ceil_div(g.wide.w, kTile) * kTile);
  tiles.strips = ceil_div(g.wide.h, rows);
  tiles.windows = ceil_div(g.wide.w, tiles.across);
  tiles.count = g.wide.n * tiles.strips * tiles.windows;
  tiles.pitch = kWide<T> * most_pieces<T>(g.narrow.c * g.stride * (tiles.across - 1) +
                                          element_tiles(g) * kColumns);
  tiles.stage =
      rows * tiles.across * wide_pitch(g.wide.c) + (g.stride * (rows - 1) + g.k) * tiles.pitch;
  return tiles;
}

std::size_t grad_shared(const NarrowPass& pass, const GradTiles& tiles) {
  const NarrowGeometry& g = pass.g;
  const std::size_t size = pass.precision == Precision::Bf16 ? 2 : 4;
  const auto sums =
      static_cast<std::size_t>(g.k * element_tiles(g) * kColumns) * line_pitch(g.wide.c);
  return std::max(kStages * size * tiles.stage, sums * sizeof(float));
}

/// The largest tiles that fit.
GradTiles grad_tiles(const NarrowPass& pass) {
  GradTiles tiles{};
  for (int rows = 4; rows > 0; rows /= 2) {
    tiles = pass.precision == Precision::Bf16 ? grad_tiles<Bf16>(pass.g, rows)
                                              : grad_tiles<float>(pass.g, rows);
    if (grad_shared(pass, tiles) <= kMostShared) break;
  }
  return tiles;
}

int grad_blocks(const Cuda& on, const GradTiles& tiles) {
  return std::min(tiles.count, on.multiprocessors());
}

std::size_t part_floats(const NarrowGeometry& g) {
  return static_cast<std::size_t>(g.k * g.k * g.narrow.c) * g.wide.c;
}

bool can_grad(const NarrowPass& pass) {
  const NarrowGeometry& g = pass.g;
  const int channels = g.wide.c;
  return (g.k == 3 || g.k == 5) && channels % kTile == 0 && channels <= kWarps * kTile &&
         g.k * g.narrow.c <= 64 && grad_shared(pass, grad_tiles(pass)) <= kMostShared;
}

std::size_t narrow_grad_bytes(const Cuda& on, const NarrowPass& pass) {
  return part_floats(pass.g) * sizeof(float) * grad_blocks(on, grad_tiles(pass));
}

void narrow_grad(Cuda& on, const NarrowPass& pass, const void* narrow, const void* wide, void* dw,
                 void* parts) {
  const NarrowGeometry& g = pass.g;
  const GradTiles tiles = grad_tiles(pass);
  const int blocks = grad_blocks(on, tiles);
  with_products(pass.precision, [&](auto products) {
    using P = decltype(products);
    using T = typename P::T;
    const auto go = [&](auto kernel) {
      launch_shared(on, kernel, static_cast<unsigned>(blocks), kBlock, grad_shared(pass, tiles), g,
                    tiles, static_cast<const T*>(narrow), static_cast<const T*>(wide),
                    static_cast<float*>(parts));
    };
    const auto with_elements = [&](auto k) {
      constexpr int kK = decltype(k)::value;
      const int n = element_tiles(g);
      if (n == 2)
        return g.wide.c % (2 * kTile) == 0 ? go(add_weights<P, kK, 2, 2>)
                                           : go(add_weights<P, kK, 2, 1>);
      n == 5 ? go(add_weights<P, kK, 5, 1>) : go(add_weights<P, kK, 8, 1>);
    };
    g.k == 3 ? with_elements(std::integral_constant<int, 3>{})
             : with_elements(std::integral_constant<int, 5>{});
    const auto folds = static_cast<unsigned>((part_floats(g) + kFolded - 1) / kFolded);
    launch(on, fold_parts<T>, folds, kBlock, g, static_cast<const float*>(parts), blocks,
           static_cast<T*>(dw));
  });
}

}  // namespace cameo::kernels
