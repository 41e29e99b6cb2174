// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <type_traits>

#include "base/error.h"
#include "kernels/cuda/launch.h"
#include "kernels/cuda/narrow_conv.h"
#include "kernels/cuda/packed.cuh"
#include "kernels/cuda/tensor_core.cuh"

// What the convolutions with few channels on one side have in common. Lanes are named as in
// tensor_core.cuh, 4 g + q.

namespace cameo::kernels {

constexpr int kLanes = 32, kWords = 8;   // words of a step of mma.sync in the summed dimension
constexpr int kTile = 16, kColumns = 8;  // rows of a, columns of b
constexpr std::size_t kMostShared = 200 << 10;  // bytes; an H100's multiprocessor has 227 KB

/// Products of bfloat16.
struct Bf16Products {
  using T = Bf16;
  static constexpr int kPerWord = 2;
  __device__ static unsigned operand(unsigned word) { return word; }
  __device__ static unsigned pair(const T* e, int apart) {
    return e[0].bits | static_cast<unsigned>(e[apart].bits) << 16;
  }
  __device__ static void mma(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    mma_bf16(d, a, b0, b1);
  }
};

/// Products of float32 rounded to TF32.
struct Tf32Products {
  using T = float;
  static constexpr int kPerWord = 1;
  __device__ static unsigned operand(unsigned word) { return to_tf32(as_float(word)); }
  __device__ static unsigned pair(const T* e, int) { return to_tf32(*e); }
  __device__ static void mma(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    mma_tf32(d, a, b0, b1);
  }
};

/// Products of float32. Each number is the sum of two TF32 but for its last bits; what the two
/// following parts multiply to is smaller than float32's own rounding and left out.
struct F32Products {
  using T = float;
  static constexpr int kPerWord = 1;
  __device__ static unsigned operand(unsigned word) { return word; }
  __device__ static unsigned pair(const T* e, int) {
    unsigned word = 0;
    memcpy(&word, e, sizeof word);
    return word;
  }
  __device__ static unsigned rest(unsigned word, unsigned leading) {
    return to_tf32(as_float(word) - as_float(leading));
  }
  __device__ static void mma(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    unsigned lead[4], follow[4];
    for (int i = 0; i < 4; ++i) {
      lead[i] = to_tf32(as_float(a[i]));
      follow[i] = rest(a[i], lead[i]);
    }
    const unsigned lead0 = to_tf32(as_float(b0)), lead1 = to_tf32(as_float(b1));
    mma_tf32(d, lead, rest(b0, lead0), rest(b1, lead1));
    mma_tf32(d, follow, lead0, lead1);
    mma_tf32(d, lead, lead0, lead1);
  }
};

/// Elements of a step in the summed dimension.
template <class P>
constexpr int kStep = kWords* P::kPerWord;

template <class F>
void with_products(Precision precision, F f) {
  switch (precision) {
    case Precision::Bf16:
      return f(Bf16Products{});
    case Precision::Tf32:
      return f(Tf32Products{});
    case Precision::F32:
      break;
  }
  f(F32Products{});
}

inline int step_of(Precision precision) {
  return precision == Precision::Bf16 ? kStep<Bf16Products> : kStep<Tf32Products>;
}

/// Divisor of numbers from 0 to 2^22, for which the rounding of float32 cannot carry a quotient
/// plus half a divisor's share over a whole number. The compiler's way takes five times as long.
class Divisor {
 public:
  __device__ explicit Divisor(int by) : by_(by), share_(1.0F / static_cast<float>(by)) {}
  __device__ int quotient(int i) const {
    return static_cast<int>((static_cast<float>(i) + 0.5F) * share_);
  }
  __device__ int rest(int i, int quotient) const { return i - quotient * by_; }

 private:
  int by_;
  float share_;
};

/// Part of each row of a narrow image that a block holds in shared memory: whole 16 bytes from
/// element `first` of the row on, which may lie before it.
struct RowPart {
  int first = 0, pieces = 0;
};

/// The part that holds `count` elements from `from` on.
template <class T>
__device__ __host__ inline RowPart row_part(int from, int count) {
  constexpr int kPiece = kWide<T>;
  const int first = from >= 0 ? from / kPiece * kPiece : -((-from + kPiece - 1) / kPiece * kPiece);
  return {first, (from - first + count + kPiece - 1) / kPiece};
}

/// The most pieces that any part of `count` elements has.
template <class T>
constexpr int most_pieces(int count) {
  return (count + 2 * (kWide<T> - 1)) / kWide<T>;
}

/// Begins to copy `rows` rows of a narrow image from row `top` on, zeros where there is no image;
/// pitch: elements from a row to the next in `to`.
template <class T>
__device__ inline void copy_rows(T* to, int pitch, const T* image, Shape narrow, int top, int rows,
                                 RowPart part) {
  constexpr int kPiece = kWide<T>;
  const int length = narrow.w * narrow.c;
  const int count = rows * part.pieces;
  const Divisor pieces(part.pieces);
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const int row = pieces.quotient(i), piece = pieces.rest(i, row);
    const int y = top + row, at = part.first + piece * kPiece;
    const bool in = y >= 0 && y < narrow.h && at >= 0 && at < length;
    copy_async(to + row * pitch + piece * kPiece, in ? image + y * length + at : image, in);
  }
}

/// Begins to copy `columns` pixels of a row of a wide map from column `left` on, zeros where there
/// is none; pitch: elements from a pixel to the next in `to`.
template <class T>
__device__ inline void copy_pixels(T* to, int pitch, const T* image, Shape wide, int row, int left,
                                   int columns) {
  constexpr int kPiece = kWide<T>;
  const int pieces = wide.c / kPiece, count = columns * pieces;
  const T* const from = image + static_cast<std::int64_t>(row) * wide.w * wide.c;
  const Divisor by(pieces);
  const bool row_in = row >= 0 && row < wide.h;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) {
    const int pixel = by.quotient(i), piece = by.rest(i, pixel), x = left + pixel;
    const bool in = row_in && x >= 0 && x < wide.w;
    copy_async(to + pixel * pitch + piece * kPiece, in ? from + x * wide.c + piece * kPiece : image,
               in);
  }
}

template <class T>
__device__ inline std::int64_t image_size(Shape s) {
  return static_cast<std::int64_t>(s.h) * s.w * s.c;
}

__host__ __device__ constexpr int ceil_div(int a, int b) {
  return (a + b - 1) / b;
}

__host__ __device__ constexpr int lesser(int a, int b) {
  return a < b ? a : b;
}

/// Where weight (narrow channel n, wide channel c) of tap (j, i) of the geometry is.
__device__ inline int weight_at(const NarrowGeometry& g, int j, int i, int n, int c) {
  if (g.turned) return ((n * g.k + g.k - 1 - j) * g.k + g.k - 1 - i) * g.wide.c + c;
  return ((c * g.k + j) * g.k + i) * g.narrow.c + n;
}

/// Rows of an image of `height` for each block, `others` blocks side by side: as many as leave
/// twice as many blocks as there are multiprocessors, and at least 8, since each block begins with
/// rows that its neighbour has too.
inline int strip_rows(const Cuda& on, int height, std::int64_t others) {
  constexpr int kLeast = 8;
  int rows = height;
  while (rows > kLeast && others * ceil_div(height, rows) < 2 * on.multiprocessors())
    rows = ceil_div(rows, 2);
  return rows;
}

}  // namespace cameo::kernels
