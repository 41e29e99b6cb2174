// SPDX-License-Identifier: MIT
#include "kernels/cpu/winograd_points.h"

#include <algorithm>

#include "kernels/cpu/loops.h"

namespace cameo::kernels::winograd {
namespace {

typedef float Lanes __attribute__((vector_size(kSide * sizeof(float))));

/// Must become part of each of a function's clones for other machines.
#define CAMEO_INLINED __attribute__((always_inline))

// The one-dimensional transforms. Their points are 0, 1, -1, 2, -2 and infinity.

struct InputToPoints {  // B^T
  static inline CAMEO_INLINED void apply(const Lanes (&d)[kIn], Lanes (&v)[kIn]) {
    const Lanes even1 = d[4] - 4.0F * d[2], odd1 = d[3] - 4.0F * d[1];
    const Lanes even2 = d[4] - d[2], odd2 = 2.0F * (d[3] - d[1]);
    v[0] = 4.0F * d[0] - 5.0F * d[2] + d[4];
    v[1] = even1 + odd1;
    v[2] = even1 - odd1;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = 4.0F * d[1] - 5.0F * d[3] + d[5];
  }
};

struct PointsToOutput {  // A^T
  static inline CAMEO_INLINED void apply(const Lanes (&m)[kIn], Lanes (&y)[kOut]) {
    const Lanes even1 = m[1] + m[2], odd1 = m[1] - m[2];
    const Lanes even2 = m[3] + m[4], odd2 = m[3] - m[4];
    y[0] = m[0] + even1 + even2;
    y[1] = odd1 + 2.0F * odd2;
    y[2] = even1 + 4.0F * even2;
    y[3] = odd1 + 8.0F * odd2 + m[5];
  }
};

struct GradientToPoints {  // A
  static inline CAMEO_INLINED void apply(const Lanes (&y)[kOut], Lanes (&m)[kIn]) {
    const Lanes even1 = y[0] + y[2], odd1 = y[1] + y[3];
    const Lanes even2 = y[0] + 4.0F * y[2], odd2 = 2.0F * y[1] + 8.0F * y[3];
    m[0] = y[0];
    m[1] = even1 + odd1;
    m[2] = even1 - odd1;
    m[3] = even2 + odd2;
    m[4] = even2 - odd2;
    m[5] = y[3];
  }
};

struct WeightsToPoints {  // G
  static inline CAMEO_INLINED void apply(const Lanes (&g)[kTaps], Lanes (&u)[kIn]) {
    const Lanes even1 = (g[0] + g[2]) * (-1.0F / 6), odd1 = g[1] * (-1.0F / 6);
    const Lanes even2 = g[0] * (1.0F / 24) + g[2] * (1.0F / 6), odd2 = g[1] * (1.0F / 12);
    u[0] = g[0] * 0.25F;
    u[1] = even1 + odd1;
    u[2] = even1 - odd1;
    u[3] = even2 + odd2;
    u[4] = even2 - odd2;
    u[5] = g[2];
  }
};

struct PointsToWeights {  // G^T
  static inline CAMEO_INLINED void apply(const Lanes (&u)[kIn], Lanes (&g)[kTaps]) {
    const Lanes even1 = (u[1] + u[2]) * (-1.0F / 6), odd1 = (u[1] - u[2]) * (-1.0F / 6);
    const Lanes even2 = (u[3] + u[4]) * (1.0F / 24), odd2 = (u[3] - u[4]) * (1.0F / 12);
    g[0] = u[0] * 0.25F + even1 + even2;
    g[1] = odd1 + odd2;
    g[2] = even1 + 4.0F * even2 + u[5];
  }
};

/// Applies a transform to the columns, then to the rows.
template <class Transform, int From, int To>
inline CAMEO_INLINED void both(const Lanes (&from)[From][From], Lanes (&to)[To][To]) {
  Lanes half[From][To];
  for (int j = 0; j < From; ++j) {
    Lanes column[From];
    for (int i = 0; i < From; ++i) column[i] = from[i][j];
    Transform::apply(column, half[j]);
  }
  for (int i = 0; i < To; ++i) {
    Lanes row[From];
    for (int j = 0; j < From; ++j) row[j] = half[j][i];
    Transform::apply(row, to[i]);
  }
}

/// `from` may be nullptr: zeros.
inline CAMEO_INLINED void load(const float* from, int count, Lanes& lanes) {
  lanes = Lanes{};
  if (from == nullptr) return;
  if (count == kSide)
    __builtin_memcpy(&lanes, from, sizeof lanes);
  else
    for (int i = 0; i < count; ++i) lanes[i] = from[i];
}

inline CAMEO_INLINED void store(const Lanes& lanes, float* to, int count) {
  if (count == kSide)
    __builtin_memcpy(to, &lanes, sizeof lanes);
  else
    for (int i = 0; i < count; ++i) to[i] = lanes[i];
}

/// Where the pixels of a tile lie, or the taps of a filter: channel 0 of each; nullptr outside.
template <class Float, int Size>
using Places = Float* [Size][Size];

template <class Float, int Size>
inline CAMEO_INLINED void find(const Tiled<Float>& from, std::int64_t tile, int phase, int first,
                               Places<Float, Size>& places) {
  const int top = static_cast<int>(tile / from.tiles_wide % from.tiles_high) * kOut + first;
  const int left = static_cast<int>(tile % from.tiles_wide) * kOut + first;
  const Shape s = from.shape;
  Float* const image = from.data + tile / from.tiles_wide / from.tiles_high * s.h * s.w * s.c;
  for (int i = 0; i < Size; ++i) {
    for (int j = 0; j < Size; ++j) {
      const int h = (top + i) * from.step + phase / from.step;
      const int w = (left + j) * from.step + phase % from.step;
      const bool inside = h >= 0 && h < s.h && w >= 0 && w < s.w;
      places[i][j] = inside ? image + (std::int64_t{h} * s.w + w) * s.c : nullptr;
    }
  }
}

/// Row of tap i of a phase in the weights: input row step * r + phase meets output row o by row
/// step * (r - o) + phase + 1, and i is r - o + 1. Columns likewise.
template <class Float>
inline CAMEO_INLINED void find(const Filter& f, Float* weights, int phase,
                               Places<Float, kTaps>& places) {
  for (int i = 0; i < kTaps; ++i) {
    for (int j = 0; j < kTaps; ++j) {
      const int h = f.step * (i - 1) + phase / f.step + 1;
      const int w = f.step * (j - 1) + phase % f.step + 1;
      const bool inside = h >= 0 && h < f.side && w >= 0 && w < f.side;
      places[i][j] = inside ? weights + (std::int64_t{h} * f.side + w) * f.channels : nullptr;
    }
  }
}

/// f(phase, its channels, of all channels the first of them) for the phases that the range meets.
template <class F>
inline CAMEO_INLINED void each_phase(Range channels, int width, F f) {
  for (std::int64_t at = channels.begin; at < channels.end;) {
    const std::int64_t phase = at / width, first = phase * width;
    const std::int64_t end = std::min(channels.end, first + width);
    f(static_cast<int>(phase), Range{at - first, end - first}, at);
    at = end;
  }
}

template <class Transform, int Size>
inline CAMEO_INLINED void places_to_points(const Places<const float, Size>& places, Range channels,
                                           float* to, std::int64_t apart) {
  for (std::int64_t c = channels.begin; c < channels.end; c += kSide, to += kSide) {
    const int count = static_cast<int>(std::min<std::int64_t>(kSide, channels.end - c));
    Lanes values[Size][Size], points[kIn][kIn];
    for (int i = 0; i < Size; ++i)
      for (int j = 0; j < Size; ++j)
        load(places[i][j] ? places[i][j] + c : nullptr, count, values[i][j]);
    both<Transform>(values, points);
    for (int p = 0; p < kPoints; ++p) store(points[p / kIn][p % kIn], to + p * apart, count);
  }
}

template <class Transform, int Size>
inline CAMEO_INLINED void points_to_places(const float* from, std::int64_t apart, Range channels,
                                           const Places<float, Size>& places) {
  for (std::int64_t c = channels.begin; c < channels.end; c += kSide, from += kSide) {
    const int count = static_cast<int>(std::min<std::int64_t>(kSide, channels.end - c));
    Lanes points[kIn][kIn], values[Size][Size];
    for (int p = 0; p < kPoints; ++p) load(from + p * apart, count, points[p / kIn][p % kIn]);
    both<Transform>(points, values);
    for (int i = 0; i < Size; ++i)
      for (int j = 0; j < Size; ++j)
        if (places[i][j]) store(values[i][j], places[i][j] + c, count);
  }
}

/// Size pixels a side of a tile, from (First, First) on, to their points.
template <class Transform, int Size, int First>
inline CAMEO_INLINED void reorder_in(const Tiled<const float>& from, std::int64_t tile,
                                     Range channels, float* to, std::int64_t apart) {
  each_phase(channels, from.shape.c, [&](int phase, Range own, std::int64_t at) CAMEO_INLINED {
    Places<const float, Size> pixels;
    find<const float, Size>(from, tile, phase, First, pixels);
    places_to_points<Transform, Size>(pixels, own, to + at - channels.begin, apart);
  });
}

}  // namespace

CAMEO_SIMD void bring_input(const Tiled<const float>& x, std::int64_t tile, Range channels,
                            float* to, std::int64_t apart) {
  reorder_in<InputToPoints, kIn, -1>(x, tile, channels, to, apart);
}

CAMEO_SIMD void bring_gradient(const Tiled<const float>& dy, std::int64_t tile, Range channels,
                               float* to, std::int64_t apart) {
  reorder_in<GradientToPoints, kOut, 0>(dy, tile, channels, to, apart);
}

CAMEO_SIMD void reorder_out(const float* from, std::int64_t apart, const Tiled<float>& y,
                            std::int64_t tile, Range channels) {
  each_phase(channels, y.shape.c, [&](int phase, Range own, std::int64_t at) CAMEO_INLINED {
    Places<float, kOut> pixels;
    find<float, kOut>(y, tile, phase, 0, pixels);
    points_to_places<PointsToOutput, kOut>(from + at - channels.begin, apart, own, pixels);
  });
}

CAMEO_SIMD void bring_filter(const Filter& f, const float* weights, Range channels, bool flipped,
                             float* to, std::int64_t apart) {
  each_phase(channels, f.channels, [&](int phase, Range own, std::int64_t at) CAMEO_INLINED {
    Places<const float, kTaps> taps, back;
    find(f, weights, phase, taps);
    for (int i = 0; i < kTaps; ++i)
      for (int j = 0; j < kTaps; ++j) back[i][j] = taps[kTaps - 1 - i][kTaps - 1 - j];
    places_to_points<WeightsToPoints, kTaps>(flipped ? back : taps, own, to + at - channels.begin,
                                             apart);
  });
}

CAMEO_SIMD void bring_filter_out(const float* from, std::int64_t apart, const Filter& f,
                                 float* weights) {
  const Range all{0, std::int64_t{f.step} * f.step * f.channels};
  each_phase(all, f.channels, [&](int phase, Range own, std::int64_t at) CAMEO_INLINED {
    Places<float, kTaps> taps;
    find(f, weights, phase, taps);
    points_to_places<PointsToWeights, kTaps>(from + at, apart, own, taps);
  });
}

}  // namespace cameo::kernels::winograd
