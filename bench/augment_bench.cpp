// SPDX-License-Identifier: MIT
#include <vector>

#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/augment.h"
#include "kernels/augment_math.h"

namespace cameo::bench {
namespace {

constexpr int kSide = 256;

/// Input or target of a batch as the formulas say, pixel by pixel.
double reference(const kernels::FaceBlock& faces, const kernels::AugmentKey& key, bool input,
                 std::int64_t i) {
  constexpr std::int64_t kPixels = std::int64_t{kFaces.h} * kFaces.w;
  const std::int64_t pixel = i / 3 % kPixels, sample = i / 3 / kPixels;
  const auto draws =
      kernels::draw_sample(key.seed, key.iteration, static_cast<std::uint32_t>(sample));
  const kernels::Reader reader{faces.data + sample * kSide * kSide * 3, kSide,
                               kernels::make_warp(draws, kSide, kFaces.w)};
  const int column = static_cast<int>(pixel % kFaces.w), row = static_cast<int>(pixel / kFaces.w);
  return input ? kernels::sample_input<kernels::Bgr>(reader, kFaces.w, column, row).v[i % 3]
               : kernels::sample_target<kernels::Bgr>(reader, column, row).v[i % 3];
}

void batch(benchmark::State& state) {
  std::vector<std::uint8_t> pixels(std::size_t{kSide} * kSide * 3 * kFaces.n);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(i * 2654435761U >> 13);
  const kernels::FaceBlock faces{pixels.data(), kFaces.n, kSide};
  std::vector<std::int32_t> chosen(kFaces.n);
  for (int i = 0; i < kFaces.n; ++i) chosen[static_cast<std::size_t>(i)] = i;
  const kernels::AugmentKey key{.seed = 1, .iteration = 7};
  const Array input(kFaces), target(kFaces);
  const auto work = [&] { kernels::augment(cpu(), faces, chosen.data(), key, input, target); };
  work();
  const auto input_at = [&](std::int64_t i) { return reference(faces, key, true, i); };
  const auto target_at = [&](std::int64_t i) { return reference(faces, key, false, i); };
  if (!agrees(state, input, input_at, 0) || !agrees(state, target, target_at, 0)) return;
  const double read = static_cast<double>(pixels.size()) * faces.coverage * faces.coverage;
  measure(state, {.bytes = read + input.bytes() + target.bytes()}, work);
}

}  // namespace

void add_augment() {
  add("augment 16 faces", batch);
}

}  // namespace cameo::bench
