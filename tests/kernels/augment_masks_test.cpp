// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/augment.h"

using namespace cameo;
using namespace cameo::kernels;

namespace {

constexpr int kSide = 64, kSize = 16, kCount = 12;

/// [1,side,side,3]: face a slanted ramp, eyes and mouth shares of it. spacing: of pixels.
std::vector<std::uint8_t> ramp(int side, int spacing = 1) {
  std::vector<std::uint8_t> bytes;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int face = 2 * x * spacing + y * spacing;  // both at most 63
      bytes.push_back(static_cast<std::uint8_t>(face));
      bytes.push_back(static_cast<std::uint8_t>(face / 2));
      bytes.push_back(0);
    }
  }
  return bytes;
}

struct Maps {
  std::vector<float> mask, weights;
};

const AugmentKey kKey{.seed = 5, .iteration = 2, .first_sample = 7, .strength = {.mirror = 0.5}};

Maps masks_of(const std::vector<std::uint8_t>& bytes, int side, int stride,
              const MaskWeights& parts) {
  Cpu cpu;
  const std::vector<std::int32_t> chosen(kCount, 0);
  Maps maps{std::vector<float>(kCount * kSize * kSize), std::vector<float>(kCount * kSize * kSize)};
  const Shape shape{kCount, kSize, kSize, 1};
  augment_masks(cpu, {.data = bytes.data(), .count = 1, .side = side, .stride = stride},
                chosen.data(), kKey, parts, {maps.mask.data(), shape},
                {maps.weights.data(), shape});
  return maps;
}

}  // namespace

TEST_CASE("a mask lies where the target of the same key lies") {
  const auto bytes = ramp(kSide);
  Cpu cpu;
  const std::vector<std::int32_t> chosen(kCount, 0);
  const Shape shape{kCount, kSize, kSize, 3};
  std::vector<float> input(static_cast<std::size_t>(shape.size())), target(input.size());
  augment(cpu, {bytes.data(), 1, kSide}, chosen.data(), kKey, {input.data(), shape},
          {target.data(), shape});
  const MaskWeights parts{.outside = 0.25F, .eyes = 3, .mouth = 2};
  const Maps maps = masks_of(bytes, kSide, 1, parts);
  for (std::size_t i = 0; i < maps.mask.size(); ++i) {
    const float face = target[3 * i], eyes = target[3 * i + 1];
    REQUIRE(maps.mask[i] == face);
    const float inside = std::min(2 * face, 1.0F);
    REQUIRE(maps.weights[i] == doctest::Approx(0.25F + 0.75F * inside + 2 * eyes));
  }
  const Maps plain = masks_of(bytes, kSide, 1, {});
  CHECK(plain.mask == maps.mask);
  CHECK(plain.weights == std::vector<float>(plain.weights.size(), 1.0F));
}

TEST_CASE("a mask of every second pixel lies where the whole one does, mirrored too") {
  const Maps whole = masks_of(ramp(kSide), kSide, 1, {});
  const Maps half = masks_of(ramp(kSide / 2, 2), kSide / 2, 2, {});
  double off = 0;
  int compared = 0;
  for (std::size_t i = 0; i < whole.mask.size(); ++i) {
    // What an image shows beyond the face is black, and what it shows of its rim is blurred.
    const int x = static_cast<int>(i) % kSize, y = static_cast<int>(i) / kSize % kSize;
    if (std::min({x, y, kSize - 1 - x, kSize - 1 - y}) < 3) continue;
    ++compared;
    off = std::max(off, std::abs(static_cast<double>(whole.mask[i]) - half.mask[i]));
  }
  CHECK(compared == kCount * 100);
  CHECK(off < 1e-5);  // the ramp is linear, so interpolation is exact; a pixel off would be 8e-3
}

TEST_CASE("where a mask is not known it is -1 and the weight 1") {
  std::vector<std::uint8_t> unknown;
  for (int i = 0; i < kSide * kSide; ++i) unknown.insert(unknown.end(), {0, 255, 255});
  const Maps maps = masks_of(unknown, kSide, 1, {.outside = 0, .eyes = 4, .mouth = 3});
  for (int n = 0; n < kCount; ++n) {
    const std::size_t middle = (static_cast<std::size_t>(n) * kSize + kSize / 2) * kSize + 8;
    CHECK(maps.mask[middle] == -1);
    CHECK(maps.weights[middle] == 1);
  }
}

TEST_CASE("masks that do not fit are refused") {
  const auto bytes = ramp(kSide);
  const FaceBlock block{bytes.data(), 1, kSide};
  std::vector<float> room(std::size_t{3} * kSize * kSize);
  Cpu cpu;
  const std::int32_t missing = 1, there = 0;
  const View one{room.data(), {1, kSize, kSize, 1}};
  CHECK_THROWS_WITH_AS(augment_masks(cpu, block, &missing, {}, {}, one, {}),
                       "augment_masks: sample 0 wants face 1 of 1", Error);
  CHECK_THROWS_WITH_AS(augment_masks(cpu, block, &there, {}, {}, {}, {}),
                       "augment_masks: neither mask nor weights wanted", Error);
  CHECK_THROWS_AS(
      augment_masks(cpu, block, &there, {}, {}, {room.data(), {1, kSize, kSize, 3}}, {}), Error);
  CHECK_THROWS_AS(augment_masks(cpu, block, &there, {}, {}, one, {room.data(), {1, 8, 8, 1}}),
                  Error);
}
