// SPDX-License-Identifier: MIT
#include "kernels/cuda/narrow_tiles.cuh"

// From few channels to many. The elements of a narrow row under a row of the window lie side by
// side, K pixels of few channels, and make one dimension to sum over. A warp has the weights of 8
// to 32 wide channels in registers and takes 16 pixels at a time.

namespace cameo::kernels {

constexpr int kBlock = 128, kBlocksEach = 3;  // threads, blocks of a multiprocessor
constexpr int kAcross = 64;                   // wide pixels across for a block

struct SpreadTiles {
  int rows;             ///< wide ones, for a block
  int strips, windows;  ///< of an image, down and across
  int pitch;            ///< elements from a narrow row to the next in shared memory
};

/// Elements from a row of weights to the next in shared memory.
template <class T>
__host__ __device__ constexpr int weight_pitch(int channels) {
  return channels + kWide<T>;
}

/// How a warp's wide channels lie in its tiles of 8: kJoined tiles together hold, for a lane, 2
/// kJoined neighbours, which are written at once.
template <class P, int K, int E>
struct ChannelTiles {
  static constexpr int kSteps = E / kStep<P>;
  static constexpr int kRegisters = 80;  // for weights
  static constexpr int kFitting = kRegisters / (2 * K * kSteps);
  static constexpr int kTiles = kFitting >= 4 ? 4 : kFitting >= 2 ? 2 : 1;
  static constexpr int kJoined =
      kTiles * 2 < kWide<typename P::T> ? kTiles : kWide<typename P::T> / 2;
  static constexpr int kChannels = kTiles * kColumns;
  __device__ static int channel(int tile, int column) {
    return tile / kJoined * (kColumns * kJoined) + column / 2 * (2 * kJoined) + tile % kJoined * 2 +
           column % 2;
  }
};

/// Brings the weights into shared memory as [K][E][wide channels], zeros behind the K narrow
/// pixels.
template <class T, int K, int E>
__device__ inline void arrange_weights(const NarrowGeometry& g, const T* w, T* to) {
  const int channels = g.wide.c, few = g.narrow.c, used = K * few;
  const int pitch = weight_pitch<T>(channels);
  const auto first = static_cast<int>(threadIdx.x);
  for (int row = 0; row < K; ++row)
    for (int i = first; i < (E - used) * pitch; i += kBlock)
      to[(row * E + used) * pitch + i] = from_float<T>(0);
  // In the order in which the weights lie in memory.
  const Divisor line_length(g.turned ? channels : used);
#pragma unroll 4
  for (int i = first; i < K * used * channels; i += kBlock) {
    const int line = line_length.quotient(i), at = line_length.rest(i, line);
    if (g.turned)
      to[((K - 1 - line / K % K) * E + (K - 1 - line % K) * few + line / (K * K)) * pitch + at] =
          w[i];
    else
      to[(line % K * E + at) * pitch + line / K] = w[i];
  }
}

/// Takes a lane's weights from shared memory, zeros where there are fewer channels; channel: the
/// first of the warp's.
template <class P, int K, int E, class Tiles>
__device__ inline void take_weights(const typename P::T* weights, int channels, int channel,
                                    unsigned (&b)[K][Tiles::kSteps][Tiles::kTiles][2]) {
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
  const int pitch = weight_pitch<typename P::T>(channels);
#pragma unroll
  for (int j = 0; j < K; ++j)
#pragma unroll
    for (int step = 0; step < Tiles::kSteps; ++step)
#pragma unroll
      for (int tile = 0; tile < Tiles::kTiles; ++tile)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int e = step * kStep<P> + (half * 4 + q) * P::kPerWord;
          const int c = channel + Tiles::channel(tile, g);
          b[j][step][tile][half] =
              c < channels ? P::pair(weights + (j * E + e) * pitch + c, pitch) : 0;
        }
}

/// Writes 16 pixels of a warp's channels, of which there are `left`; wide: the first pixel's first.
template <class T, class Tiles>
__device__ inline void write_pixels(T* wide, int channels, int left, int pixels,
                                    const float (&sums)[Tiles::kTiles][4]) {
  constexpr int kJoined = Tiles::kJoined;
  const int lane = static_cast<int>(threadIdx.x) % kLanes, g = lane / 4, q = lane % 4;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int pixel = g + 8 * half;
    if (pixel >= pixels) continue;
#pragma unroll
    for (int tile = 0; tile < Tiles::kTiles; tile += kJoined) {
      Floats<2 * kJoined> v;
#pragma unroll
      for (int i = 0; i < 2 * kJoined; ++i) v.v[i] = sums[tile + i / 2][half * 2 + i % 2];
      const int channel = Tiles::channel(tile, 0) + q * 2 * kJoined;
      if (channel < left) store(wide + pixel * channels + channel, v);
    }
  }
}

/// E: elements of a row of the window, rounded up.
template <class P, int K, int E>
__global__ void __launch_bounds__(kBlock, kBlocksEach)
    spread_rows(const NarrowGeometry geometry, const SpreadTiles tiles, const typename P::T* narrow,
                const typename P::T* w, typename P::T* wide) {
  using T = typename P::T;
  using Tiles = ChannelTiles<P, K, E>;
  constexpr int kWarps = kBlock / kLanes;
  const int warp = static_cast<int>(threadIdx.x) / kLanes,
            lane = static_cast<int>(threadIdx.x) % kLanes;
  const int g = lane / 4, q = lane % 4;
  const Shape from = geometry.narrow, to = geometry.wide;
  const auto block = static_cast<int>(blockIdx.x);
  const int left = block % tiles.windows * kAcross;
  const int top = block / tiles.windows % tiles.strips * tiles.rows;
  const int image = block / tiles.windows / tiles.strips;
  const int height = lesser(tiles.rows, to.h - top), width = lesser(kAcross, to.w - left);
  const int stride = geometry.stride;
  T* const weights = reinterpret_cast<T*>(dynamic_shared());
  T* const rows = weights + K * E * weight_pitch<T>(to.c);

  const int start = from.c * (stride * left - geometry.left);
  const RowPart part = row_part<T>(start, from.c * stride * (kAcross - 1) + E);
  copy_rows(rows, tiles.pitch, narrow + image * image_size<T>(from), from,
            stride * top - geometry.top, stride * (height - 1) + K, part);
  commit_copies();
  arrange_weights<T, K, E>(geometry, w, weights);
  wait_copies<0>();
  __syncthreads();

  // As many groups of channels at a time as leave no warp without one.
  const int groups = ceil_div(to.c, Tiles::kChannels), across = ceil_div(width, kTile);
  const int together = groups % kWarps == 0 ? kWarps : groups % 2 == 0 ? 2 : 1;
  const T* const mine = rows + (start - part.first) + from.c * stride * g + q * P::kPerWord;
  T* const out =
      wide + image * image_size<T>(to) + (static_cast<std::int64_t>(top) * to.w + left) * to.c;
  for (int group = warp % together; group < groups; group += together) {
    const int channel = group * Tiles::kChannels;
    unsigned b[K][Tiles::kSteps][Tiles::kTiles][2];
    take_weights<P, K, E, Tiles>(weights, to.c, channel, b);
    for (int i = warp / together; i < height * across; i += kWarps / together) {
      const int row = i / across, first = i % across * kTile;
      float sums[Tiles::kTiles][4] = {};
#pragma unroll
      for (int j = 0; j < K; ++j)
#pragma unroll
        for (int step = 0; step < Tiles::kSteps; ++step) {
          const T* const e =
              mine + (stride * row + j) * tiles.pitch + from.c * stride * first + step * kStep<P>;
          const int below = 8 * from.c * stride, ahead = 4 * P::kPerWord;
          const unsigned x[4] = {P::pair(e, 1), P::pair(e + below, 1), P::pair(e + ahead, 1),
                                 P::pair(e + below + ahead, 1)};
#pragma unroll
          for (int tile = 0; tile < Tiles::kTiles; ++tile)
            P::mma(sums[tile], x, b[j][step][tile][0], b[j][step][tile][1]);
        }
      write_pixels<T, Tiles>(out + (static_cast<std::int64_t>(row) * to.w + first) * to.c + channel,
                             to.c, to.c - channel, width - first, sums);
    }
  }
}

/// Elements of a row of the window, rounded up to what there are kernels for.
int held_elements(const NarrowGeometry& g) {
  const int used = g.k * g.narrow.c;
  return used <= 16 ? 16 : used <= 32 ? 32 : 64;
}

std::size_t spread_shared(const NarrowPass& pass, int rows, int pitch) {
  const NarrowGeometry& g = pass.g;
  const int size = pass.precision == Precision::Bf16 ? 2 : 4;
  const int weights = g.k * held_elements(g) * (g.wide.c + 16 / size);
  return static_cast<std::size_t>(weights + (g.stride * (rows - 1) + g.k) * pitch) * size;
}

int spread_pitch(const NarrowPass& pass) {
  const int held = pass.g.narrow.c * pass.g.stride * (kAcross - 1) + held_elements(pass.g);
  return pass.precision == Precision::Bf16 ? most_pieces<Bf16>(held) * kWide<Bf16>
                                           : most_pieces<float>(held) * kWide<float>;
}

bool can_spread(const NarrowPass& pass) {
  const NarrowGeometry& g = pass.g;
  return (g.k == 3 || g.k == 5) && g.wide.c % kTile == 0 && g.k * g.narrow.c <= 64 &&
         spread_shared(pass, 1, spread_pitch(pass)) <= kMostShared;
}

void narrow_spread(Cuda& on, const NarrowPass& pass, const void* narrow, const void* w,
                   void* wide) {
  constexpr std::size_t kShare = kMostShared / kBlocksEach;
  const NarrowGeometry& g = pass.g;
  SpreadTiles tiles{};
  tiles.windows = ceil_div(g.wide.w, kAcross);
  tiles.pitch = spread_pitch(pass);
  const std::int64_t others = std::int64_t{g.wide.n} * tiles.windows;
  tiles.rows = strip_rows(on, g.wide.h, others);
  while (tiles.rows > 1 && spread_shared(pass, tiles.rows, tiles.pitch) > kShare)
    tiles.rows = ceil_div(tiles.rows, 2);
  tiles.strips = ceil_div(g.wide.h, tiles.rows);
  with_products(pass.precision, [&](auto products) {
    using P = decltype(products);
    using T = typename P::T;
    const auto go = [&](auto kernel) {
      launch_shared(on, kernel, static_cast<unsigned>(others * tiles.strips), kBlock,
                    spread_shared(pass, tiles.rows, tiles.pitch), g, tiles,
                    static_cast<const T*>(narrow), static_cast<const T*>(w), static_cast<T*>(wide));
    };
    const auto with_elements = [&](auto k) {
      constexpr int kK = decltype(k)::value;
      const int held = held_elements(g);
      if (held == 16) return go(spread_rows<P, kK, 16>);
      held == 32 ? go(spread_rows<P, kK, 32>) : go(spread_rows<P, kK, 64>);
    };
    g.k == 3 ? with_elements(std::integral_constant<int, 3>{})
             : with_elements(std::integral_constant<int, 5>{});
  });
}

}  // namespace cameo::kernels
