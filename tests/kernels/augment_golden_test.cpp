// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "engine/safetensors.h"
#include "kernels/augment_math.h"
#include "kernels/augment_reference.h"
#include "tests/support/drawn_bytes.h"

using namespace cameo;
using namespace cameo::kernels;

namespace {

constexpr int kSide = 256, kSize = 64, kStride = 5, kDraws = 55;

/// What numpy and OpenCV made (tests/golden/pictures/make.py): every fifth pixel of it.
struct Golden {
  std::vector<AugmentDraws> draws;
  std::vector<float> input, target;  ///< [samples,13,13,3]
};

template <class Number>
std::vector<Number> tensor(const SafetensorsFile& file, const char* name, const char* dtype) {
  const auto& entry = file.entry(name);
  std::vector<Number> numbers((entry.end - entry.begin) / sizeof(Number));
  file.read(name, dtype, std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

Golden golden() {
  const SafetensorsFile file(CAMEO_GOLDEN "/pictures/augment.safetensors");
  Golden all{{}, tensor<float>(file, "input", "F32"), tensor<float>(file, "target", "F32")};
  const auto numbers = tensor<double>(file, "draws", "F64");
  for (auto from = numbers.begin(); from != numbers.end(); from += kDraws) {
    AugmentDraws draws{.turn = from[0] / 360,
                       .scale = from[1],
                       .shift_x = from[2],
                       .shift_y = from[3],
                       .mirror = from[4] != 0};
    std::copy(from + 5, from + kDraws, draws.normal);
    all.draws.push_back(draws);
  }
  return all;
}

/// Every fifth pixel of [64,64,3], one after the other.
std::vector<float> thinned(const std::vector<float>& image) {
  std::vector<float> few;
  for (int row = 0; row < kSize; row += kStride) {
    for (int column = 0; column < kSize; column += kStride) {
      const auto pixel = image.begin() + std::ptrdiff_t{3} * (row * kSize + column);
      few.insert(few.end(), pixel, pixel + 3);
    }
  }
  return few;
}

struct Difference {
  double largest = 0, mean = 0;
};

Difference difference(const std::vector<float>& ours, const std::vector<float>& theirs,
                      std::size_t sample) {
  Difference off;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double one = std::abs(ours[i] - theirs.at(sample * ours.size() + i));
    off.largest = std::max(off.largest, one);
    off.mean += one / static_cast<double>(ours.size());
  }
  return off;
}

}  // namespace

TEST_CASE("reference images are those of numpy and OpenCV") {
  const Golden theirs = golden();
  REQUIRE(theirs.draws.size() == 8);
  const auto face = test::drawn_faces(1, kSide);
  const Shape shape{1, kSize, kSize, 3};
  for (std::size_t i = 0; i < theirs.draws.size(); ++i) {
    std::vector<float> input(static_cast<std::size_t>(shape.size())), target(input.size());
    reference_sample({face.data(), 1, kSide}, 0, theirs.draws[i], {input.data(), shape},
                     {target.data(), shape});
    CAPTURE(i);
    // Both compute in doubles; what is left is the order of sums, and one rounding to float.
    CHECK(difference(thinned(input), theirs.input, i).largest < 1e-6);
    CHECK(difference(thinned(target), theirs.target, i).largest < 1e-6);
  }
}

TEST_CASE("our images differ from them by what a 64th of a pixel makes") {
  const Golden theirs = golden();
  const auto face = test::drawn_faces(1, kSide);
  for (std::size_t i = 0; i < theirs.draws.size(); ++i) {
    const Reader from{face.data(), kSide, make_warp(theirs.draws[i], kSide, kSize)};
    std::vector<float> input, target;
    for (int k = 0; k < kSize * kSize; ++k) {
      const Bgr in = sample_input<Bgr>(from, kSize, k % kSize, k / kSize);
      const Bgr to = sample_target<Bgr>(from, k % kSize, k / kSize);
      input.insert(input.end(), in.v, in.v + 3);
      target.insert(target.end(), to.v, to.v + 3);
    }
    CAPTURE(i);
    // Two readings, each off by up to 1/64 pixel along x and along y, in noise that changes by up
    // to 0.25 from pixel to pixel: 4 / 64 * 0.25.
    CHECK(difference(thinned(input), theirs.input, i).largest < 0.0157);
    CHECK(difference(thinned(target), theirs.target, i).largest < 0.0157);
    CHECK(difference(thinned(input), theirs.input, i).mean < 0.002);
    CHECK(difference(thinned(target), theirs.target, i).mean < 0.002);
  }
}

TEST_CASE("a batch of reference images is made of the numbers that augment draws") {
  const auto faces = test::drawn_faces(2, kSide);
  const std::vector<std::int32_t> chosen{1, 0};
  const Shape shape{2, kSize, kSize, 3};
  const auto floats = static_cast<std::size_t>(shape.size());
  std::vector<float> input(floats), target(floats), one(floats / 2), other(floats / 2);
  Cpu cpu;
  augment_reference(cpu, {faces.data(), 2, kSide}, chosen.data(),
                    {.seed = 3, .iteration = 8, .first_sample = 5}, {input.data(), shape},
                    {target.data(), shape});
  const Shape half{1, kSize, kSize, 3};
  reference_sample({faces.data(), 2, kSide}, 0, draw_sample(3, 8, 6), {one.data(), half},
                   {other.data(), half});
  CHECK(std::equal(one.begin(), one.end(), input.begin() + floats / 2));
  CHECK(std::equal(other.begin(), other.end(), target.begin() + floats / 2));
}
