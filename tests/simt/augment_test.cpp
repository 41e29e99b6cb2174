// SPDX-License-Identifier: MIT
#include "kernels/augment.h"

#include "tests/simt/trial.h"

using namespace cameo;
using namespace cameo::test;
using kernels::AugmentKey;
using kernels::FaceBlock;

namespace {

struct Sizes {
  int side, size;  ///< of the faces and of the images
  double coverage;
};

using Bytes = DeviceNumbers<std::uint8_t>;
using Indices = DeviceNumbers<std::int32_t>;
using Tones = DeviceNumbers<kernels::Tone>;

Bytes random_faces(int count, int side) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count * side * side * 3));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(philox(i, 0, 7)[0]);
  return Bytes(bytes);
}

/// Of three faces and of two others.
constexpr kernels::Tone kTones[] = {{{0.5F, 0.4F, 0.6F}, {0.3F, 0.2F, 0.1F}},
                                    {{0.3F, 0.7F, 0.5F}, {0.1F, 0.3F, 0.2F}},
                                    {{0.6F, 0.5F, 0.4F}, {0.2F, 0.1F, 0.3F}},
                                    {{0.2F, 0.3F, 0.7F}, {0.25F, 0.15F, 0.2F}},
                                    {{0.7F, 0.6F, 0.5F}, {0.5F, 0.05F, 0.2F}}};

void check_images(Trial trial, const Sizes& sizes) {
  const Tones tones(std::vector<kernels::Tone>(kTones, kTones + 5));
  const Indices chosen({2, 0, 1});
  const AugmentKey key{.seed = 11,
                       .iteration = 1234567,
                       .first_sample = 5,
                       .strength = {0.5, 0.75, 0.5, 1, 0.7},
                       .tones = {tones.data(), 3, chosen.data(), tones.data() + 3, 2}};
  const Bytes bytes = random_faces(3, sizes.side);
  const FaceBlock faces{bytes.data(), 3, sizes.side, sizes.coverage};
  const Shape shape{3, sizes.size, sizes.size, 3};
  const int input = trial.out(shape), plain = trial.out(shape);
  const int target = trial.out(shape, Write::Set, DType::F32);
  trial.check(
      [&](auto& on, auto v) {
        kernels::augment(on, faces, chosen.data(), key, v(input), v(target));
        kernels::read_faces(on, faces, chosen.data(), v(plain));
      },
      0);
}

}  // namespace

TEST_CASE("the images are the very images of the CPU, those with another face's colors too") {
  for (const DType dtype : kTypes) {
    for (const int skip : {0, 1}) {
      for (const Sizes& sizes : {Sizes{64, 16, 0.625}, Sizes{45, 19, 0.875}, Sizes{32, 24, 0.625}})
        check_images(Trial(dtype, skip), sizes);
    }
  }
}

TEST_CASE("masks and their weights are the CPU's") {
  const AugmentKey key{.seed = 3, .iteration = 8, .first_sample = 2, .strength = {.mirror = 0.5}};
  const Indices chosen({1, 0, 1});
  const Bytes bytes = random_faces(2, 24);
  std::fill_n(bytes.data(), 576, std::uint8_t{0});  // eyes beyond the face: not known there
  const FaceBlock masks{.data = bytes.data(), .count = 2, .side = 24, .stride = 2};
  const kernels::MaskWeights parts{.outside = 0.25F, .eyes = 3, .mouth = 2};
  Trial trial(DType::F32);
  const int mask = trial.out({3, 19, 19, 1}), weights = trial.out({3, 19, 19, 1});
  const int alone = trial.out({3, 19, 19, 1});
  trial.check(
      [&](auto& on, auto v) {
        kernels::augment_masks(on, masks, chosen.data(), key, parts, v(mask), v(weights));
        kernels::augment_masks(on, masks, chosen.data(), key, parts, {}, v(alone));
      },
      0);
}

TEST_CASE("a face that is not there shows as NaN and is not read") {
  const Bytes bytes = random_faces(2, 16);
  const FaceBlock faces{bytes.data(), 2, 16};
  const Indices chosen({1, 2, -1});
  Array out({3, 4, 4, 3}, DType::F32);
  out.set(std::vector<float>(144, 0.5F));
  kernels::read_faces(gpu(), faces, chosen.data(), out.view());
  gpu().synchronize();
  const std::vector<float> got = out.get();
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::isnan(got[i]) == (i >= 48));
}
