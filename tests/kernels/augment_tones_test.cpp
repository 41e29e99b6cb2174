// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "kernels/augment.h"
#include "tests/support/drawn_bytes.h"

using namespace cameo;
using namespace cameo::kernels;
using cameo::test::drawn_faces;

namespace {

constexpr int kSide = 64, kSize = 16, kCount = 200;
constexpr std::size_t kImage = std::size_t{kSize} * kSize * 3;

struct Images {
  std::vector<float> input, target;
};

/// kCount images of two faces in turn.
Images draw(const std::vector<std::uint8_t>& faces, const AugmentKey& key) {
  std::vector<std::int32_t> chosen;
  chosen.reserve(kCount);
  for (int i = 0; i < kCount; ++i) chosen.push_back(i % 2);
  AugmentKey with = key;
  with.tones.faces = chosen.data();
  Images images{std::vector<float>(kCount * kImage), std::vector<float>(kCount * kImage)};
  Cpu cpu;
  const Shape shape{kCount, kSize, kSize, 3};
  augment(cpu, {faces.data(), 2, kSide}, chosen.data(), with, {images.input.data(), shape},
          {images.target.data(), shape});
  return images;
}

/// Mean and deviation of a color of image n.
std::array<double, 2> moments(const std::vector<float>& images, int n, std::size_t c) {
  double sum = 0, squares = 0;
  for (std::size_t i = c; i < kImage; i += 3) {
    const double v = images[static_cast<std::size_t>(n) * kImage + i];
    sum += v;
    squares += v * v;
  }
  const double count = kSize * kSize, mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean)};
}

/// Of the images as they are, so that a transfer hits its aim.
std::array<Tone, 2> tones_of(const Images& plain) {
  std::array<Tone, 2> tones;
  for (int n = 0; n < 2; ++n) {
    for (std::size_t c = 0; c < 3; ++c) {
      const auto [mean, deviation] = moments(plain.target, n, c);
      tones.at(static_cast<std::size_t>(n)).mean[c] = static_cast<float>(mean);
      tones.at(static_cast<std::size_t>(n)).deviation[c] = static_cast<float>(deviation);
    }
  }
  return tones;
}

/// Nothing moves, so that targets show the faces' middles.
AugmentKey still() {
  return {.seed = 5, .strength = {.placement = 0, .warp = 0, .mirror = 0}};
}

}  // namespace

TEST_CASE("a color transfer gives an image another face's mean and deviation of each color") {
  const auto faces = drawn_faces(2, kSide);
  const Images plain = draw(faces, still());
  const auto own = tones_of(plain);
  std::array<Tone, 3> other;
  for (int n = 0; n < 3; ++n) {
    for (int c = 0; c < 3; ++c) {
      other.at(static_cast<std::size_t>(n)).mean[c] = 0.45F + 0.04F * static_cast<float>(n + c);
      other.at(static_cast<std::size_t>(n)).deviation[c] = 0.8F * own[0].deviation[c];
    }
  }
  AugmentKey key = still();
  key.strength.transfer = 1;
  key.tones = {own.data(), 2, nullptr, other.data(), 3};
  const Images images = draw(faces, key);
  std::array<int, 3> partners{};
  for (int n = 0; n < kCount; n += 2) {
    const double first = moments(images.target, n, 0)[0];
    const auto partner = static_cast<std::size_t>(std::lround((first - 0.45) / 0.04));
    REQUIRE(partner < 3);
    ++partners.at(partner);
    for (std::size_t c = 0; c < 3; ++c) {
      const auto [mean, deviation] = moments(images.target, n, c);
      CHECK(mean == doctest::Approx(other.at(partner).mean[c]).epsilon(0.01));
      CHECK(deviation == doctest::Approx(other.at(partner).deviation[c]).epsilon(0.02));
    }
  }
  for (const int count : partners) CHECK(count > 33 - 5 * 5);  // 33 expected, 5 the deviation
}

TEST_CASE("input and target get the same colors, and those not drawn keep theirs to the bit") {
  const auto faces = drawn_faces(2, kSide);
  const Images plain = draw(faces, still());
  const auto own = tones_of(plain);
  const std::array<Tone, 1> other{Tone{{0.5F, 0.5F, 0.5F}, {0.1F, 0.1F, 0.1F}}};
  AugmentKey key = still();
  key.strength.transfer = 0.3;
  key.tones = {own.data(), 2, nullptr, other.data(), 1};
  const Images images = draw(faces, key);
  int changed = 0;
  for (std::size_t n = 0; n < kCount; ++n) {
    const auto at = static_cast<std::ptrdiff_t>(n * kImage);
    const auto same = [&](const std::vector<float>& a, const std::vector<float>& b) {
      return std::equal(a.begin() + at, a.begin() + at + kImage, b.begin() + at);
    };
    CHECK(same(images.input, plain.input) == same(images.target, plain.target));
    changed += same(images.target, plain.target) ? 0 : 1;
  }
  CHECK(std::abs(changed - 60) < 5 * 7);  // 6.5 the standard deviation
}

TEST_CASE("a color transfer halves or doubles a contrast at most, and needs no contrast") {
  const auto faces = drawn_faces(2, kSide);
  const Images plain = draw(faces, still());
  const auto own = tones_of(plain);
  AugmentKey key = still();
  key.strength.transfer = 1;
  const std::array<Tone, 1> flat{Tone{{0.5F, 0.5F, 0.5F}, {}}};
  key.tones = {own.data(), 2, nullptr, flat.data(), 1};
  const Images halved = draw(faces, key);
  for (std::size_t c = 0; c < 3; ++c)
    CHECK(moments(halved.target, 0, c)[1] ==
          doctest::Approx(own[0].deviation[c] / 2).epsilon(0.01));
  const std::array<Tone, 2> unknown{};
  key.tones = {unknown.data(), 2, nullptr, flat.data(), 1};
  for (const float v : draw(faces, key).target) CHECK(std::isfinite(v));
}
