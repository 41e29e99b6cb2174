// SPDX-License-Identifier: MIT
#include "kernels/augment.h"

#include <cstring>

#include "kernels/augment_math.h"
#include "kernels/cpu/face_batch.h"
#include "kernels/cpu/loops.h"

namespace cameo::kernels {
namespace {

using Floats = float __attribute__((vector_size(16)));

/// A pixel in one register, the fourth lane idle: 0.41 ms a face (input and target, 256 to 64)
/// where three separate numbers took 0.58 (SSE2).
struct Pixel {
  Floats v;
};

inline Pixel operator+(Pixel a, Pixel b) {
  return {a.v + b.v};
}
inline Pixel operator-(Pixel a, Pixel b) {
  return {a.v - b.v};
}
inline Pixel operator*(Pixel a, float s) {
  return {a.v * s};
}

inline void load_pixel(const std::uint8_t* from, Pixel* pixel) {
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
  using Halves = std::uint16_t __attribute__((vector_size(16)));
  using Words = std::int32_t __attribute__((vector_size(16)));
  std::uint16_t two = 0;
  std::memcpy(&two, from, 2);
  // Two interleavings with zeros, each one instruction; a plain conversion of bytes takes many.
  const auto bytes = reinterpret_cast<Bytes>(Words{two | from[2] << 16, 0, 0, 0});
  const auto halves = reinterpret_cast<Halves>(__builtin_shufflevector(
      bytes, Bytes{}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  const auto words =
      reinterpret_cast<Words>(__builtin_shufflevector(halves, Halves{}, 0, 8, 1, 9, 2, 10, 3, 11));
  pixel->v = __builtin_convertvector(words, Floats);
}

/// Fills one image [size,size,3] with draw(column, row), in the colors of a sample.
template <class Draw>
void fill_image(float* to, int size, const Warp& warp, Draw draw) {
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column, to += 3) {
      const Pixel pixel = draw(column, row);
      for (int c = 0; c < 3; ++c) to[c] = colored(warp, c, pixel.v[c]);
    }
  }
}

}  // namespace

void augment(Cpu&, const FaceBlock& faces, const std::int32_t* indices, const AugmentKey& key,
             View input, View target) {
  check_pair("augment", faces, indices, input, target);
  const int count = input.shape.n, size = input.shape.h, side = faces.side;
  const std::int64_t floats = input.shape.size() / count;
  const std::uint64_t iteration = key.iteration + (key.counter != nullptr ? *key.counter : 0);
  parallel_stretches(count, 1, [&](std::int64_t n, std::int64_t) {
    const std::uint32_t sample = key.first_sample + static_cast<std::uint32_t>(n);
    AugmentDraws draws = draw_sample(key.seed, iteration, sample, key.strength);
    transfer_tone(key.tones, n, &draws);
    const Reader from{face_of(faces, indices[n]), side,
                      make_warp(draws, side, size, faces.coverage, faces.stride)};
    fill_image(input.f32() + n * floats, size, from.warp,
               [&](int column, int row) { return sample_input<Pixel>(from, size, column, row); });
    fill_image(target.f32() + n * floats, size, from.warp,
               [&](int column, int row) { return sample_target<Pixel>(from, column, row); });
  });
}

void augment_masks(Cpu&, const FaceBlock& masks, const std::int32_t* indices, const AugmentKey& key,
                   const MaskWeights& parts, View mask, View weights) {
  const Shape images = mask ? mask.shape : weights.shape;
  check_masks("augment_masks", masks, indices, mask, weights);
  const int size = images.h, side = masks.side;
  const std::int64_t pixels = std::int64_t{size} * size;
  const std::uint64_t iteration = key.iteration + (key.counter != nullptr ? *key.counter : 0);
  parallel_stretches(images.n, 1, [&](std::int64_t n, std::int64_t) {
    const std::uint32_t sample = key.first_sample + static_cast<std::uint32_t>(n);
    const AugmentDraws draws = draw_sample(key.seed, iteration, sample, key.strength);
    const Reader from{face_of(masks, indices[n]), side,
                      make_warp(draws, side, size, masks.coverage, masks.stride)};
    for (int i = 0; i < pixels; ++i) {
      const Pixel p = sample_target<Pixel>(from, i % size, i / size);
      const MaskedPixel to = masked_pixel(p.v[0], p.v[1], p.v[2], parts);
      if (mask) mask.f32()[n * pixels + i] = to.mask;
      if (weights) weights.f32()[n * pixels + i] = to.weight;
    }
  });
}

void read_faces(Cpu&, const FaceBlock& faces, const std::int32_t* indices, View out) {
  check_batch("read_faces", faces, indices, out);
  const int count = out.shape.n, size = out.shape.h, side = faces.side;
  const std::int64_t floats = out.shape.size() / count;
  const Warp still = make_warp({}, side, size, faces.coverage);
  parallel_stretches(count, 1, [&](std::int64_t n, std::int64_t) {
    const Reader from{face_of(faces, indices[n]), side, still};
    fill_image(out.f32() + n * floats, size, still,
               [&](int column, int row) { return sample_target<Pixel>(from, column, row); });
  });
}

}  // namespace cameo::kernels
