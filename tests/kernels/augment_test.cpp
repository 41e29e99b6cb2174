// SPDX-License-Identifier: MIT
#include "kernels/augment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <omp.h>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/augment_math.h"
#include "tests/kernels/augment_reference.h"
#include "tests/support/drawn_bytes.h"

using namespace cameo;
using namespace cameo::kernels;
using cameo::test::drawn_faces;
using cameo::test::Image;
using cameo::test::reference;

namespace {

struct Batch {
  std::vector<float> input, target;
};

Batch augmented(const std::vector<std::uint8_t>& faces, int side, int size, int count,
                AugmentKey key) {
  const int have = static_cast<int>(faces.size()) / (side * side * 3);
  std::vector<std::int32_t> chosen(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) chosen[i] = (i * 5 + 1) % have;
  Batch batch;
  batch.input.resize(static_cast<std::size_t>(count) * size * size * 3);
  batch.target.resize(batch.input.size());
  Cpu cpu;
  const Shape shape{count, size, size, 3};
  augment(cpu, {faces.data(), have, side}, chosen.data(), key, {batch.input.data(), shape},
          {batch.target.data(), shape});
  return batch;
}

double worst(const Image& wanted, const float* got) {
  double off = 0;
  for (std::size_t i = 0; i < wanted.v.size(); ++i) {
    off = std::max(off, std::abs(wanted.v[i] / 255 - static_cast<double>(got[i])));
  }
  return off;
}

std::uint64_t fnv1a(const std::vector<float>& floats, std::uint64_t hash) {
  for (const float f : floats) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &f, 4);
    for (int i = 0; i < 4; ++i) hash = (hash ^ (bits >> (8 * i) & 0xFF)) * 0x100000001B3U;
  }
  return hash;
}

// Coordinates up to 256 in float32 are off by up to 6e-5 px; the noise changes by up to 0.25 a
// pixel.
constexpr double kTolerance = 5e-5;

}  // namespace

TEST_CASE("our sine, cosine and logarithm agree with the C library") {
  long double off_sine = 0, off_log = 0;
  for (int i = -40000; i <= 40000; ++i) {
    const double turns = i / 30011.0;
    double s = 0, c = 0;
    sincos_turns(turns, &s, &c);
    const long double angle = static_cast<long double>(turns) * 2 * 3.14159265358979323846L;
    off_sine = std::max<long double>(off_sine, std::abs(s - std::sin(angle)));
    off_sine = std::max<long double>(off_sine, std::abs(c - std::cos(angle)));
  }
  CHECK(off_sine < 3e-16L);
  const auto compare = [&](std::uint32_t bits) {
    const long double exact = std::log((bits + 1.0L) / 4294967296.0L);
    const long double scale = std::max(1.0L, std::abs(exact));
    off_log = std::max<long double>(off_log, std::abs(log_unit(bits) - exact) / scale);
  };
  for (std::uint64_t i = 0; i < 200000; ++i) compare(philox(i, 0, 3)[0]);
  for (std::uint32_t i = 0; i < 33; ++i) {
    compare(static_cast<std::uint32_t>((std::uint64_t{1} << i) - 1));
    compare(0xFFFFFFFFU - i);
  }
  CHECK(off_log < 4e-16L);
  CHECK(log_unit(0xFFFFFFFFU) == 0);
}

TEST_CASE("a key's strengths scale placement and bending and choose the share of mirrored images") {
  int mirrored = 0;
  for (std::uint32_t sample = 0; sample < 400; ++sample) {
    const AugmentDraws whole = draw_sample(3, 1, sample, {.mirror = 1});
    const AugmentDraws half =
        draw_sample(3, 1, sample, {.placement = 0.25, .warp = 0.5, .mirror = 0});
    mirrored += draw_sample(3, 1, sample, {.mirror = 0.25}).mirror ? 1 : 0;
    REQUIRE((whole.mirror && !half.mirror));
    REQUIRE(half.turn == doctest::Approx(whole.turn / 4));
    REQUIRE(half.scale - 1 == doctest::Approx((whole.scale - 1) / 4));
    REQUIRE(half.shift_x == doctest::Approx(whole.shift_x / 4));
    REQUIRE(half.shift_y == doctest::Approx(whole.shift_y / 4));
    for (int i = 0; i < 2 * kNodeCount; ++i)
      REQUIRE(half.normal[i] == doctest::Approx(whole.normal[i] / 2));
  }
  CHECK(mirrored > 70);
  CHECK(mirrored < 130);
  const auto faces = drawn_faces(1, 256);
  const Batch bent = augmented(faces, 256, 64, 1, {.seed = 3});
  const Batch flat = augmented(faces, 256, 64, 1, {.seed = 3, .strength = {.warp = 0}});
  CHECK(bent.input != flat.input);
}

TEST_CASE("augmentation equals the two-step form in doubles") {
  for (const auto& sizes : {std::pair{256, 64}, std::pair{256, 128}, std::pair{320, 64}}) {
    const int side = sizes.first, size = sizes.second;
    const auto faces = drawn_faces(2, side);
    const Batch batch =
        augmented(faces, side, size, 6, {.seed = 9, .iteration = 3, .first_sample = 40});
    bool seen[2] = {};
    for (int n = 0; n < 6; ++n) {
      const AugmentDraws draws = draw_sample(9, 3, static_cast<std::uint32_t>(40 + n));
      seen[draws.mirror ? 1 : 0] = true;
      const auto face = static_cast<std::size_t>((n * 5 + 1) % 2) * side * side * 3;
      const auto [input, target] = reference(faces.data() + face, side, size, draws);
      const auto at = static_cast<std::size_t>(n) * size * size * 3;
      CAPTURE(side);
      CAPTURE(size);
      CAPTURE(n);
      CHECK(worst(input, batch.input.data() + at) < kTolerance);
      CHECK(worst(target, batch.target.data() + at) < kTolerance);
    }
    CHECK((seen[0] && seen[1]));
  }
}

TEST_CASE("the face goes on beyond its edge, the placed image is black beyond it") {
  // Shifts far beyond what is drawn, so that both borders come into the image.
  const auto faces = drawn_faces(1, 256);
  AugmentDraws draws{.turn = 0.1, .scale = 0.6, .shift_x = 0.4, .shift_y = -0.35, .mirror = true};
  for (int i = 0; i < 50; ++i) draws.normal[i] = 9.0 * ((i * 7) % 5 - 2);
  const auto [input, target] = reference(faces.data(), 256, 64, draws);
  const Reader from{faces.data(), 256, make_warp(draws, 256, 64)};
  double off = 0;
  int black = 0;
  for (int k = 0; k < 64 * 64; ++k) {
    const Bgr in = sample_input<Bgr>(from, 64, k % 64, k / 64);
    const Bgr to = sample_target<Bgr>(from, k % 64, k / 64);
    for (int c = 0; c < 3; ++c) {
      off =
          std::max(off, std::abs(static_cast<double>(in.v[c]) - input.at(k % 64, k / 64, c) / 255));
      off = std::max(off,
                     std::abs(static_cast<double>(to.v[c]) - target.at(k % 64, k / 64, c) / 255));
    }
    black += in.v[0] + in.v[1] + in.v[2] == 0 ? 1 : 0;
  }
  CHECK(off < kTolerance);
  CHECK(black > 20);
}

TEST_CASE("without jitter the input reads 49.25 + 2.5 k and the target 48 + 2.5 k") {
  std::vector<std::uint8_t> ramp(std::size_t{256} * 256 * 3);
  for (std::size_t i = 0; i < 65536; ++i) {
    ramp[3 * i] = static_cast<std::uint8_t>(i % 256);
    ramp[3 * i + 1] = static_cast<std::uint8_t>(i / 256);
  }
  const Reader from{ramp.data(), 256, make_warp({}, 256, 64)};
  for (int k = 0; k < 64; ++k) {
    const Bgr in = sample_input<Bgr>(from, 64, k, 63 - k), to = sample_target<Bgr>(from, k, 63 - k);
    CHECK(in.v[0] * 255 == doctest::Approx(49.25 + 2.5 * k).epsilon(1e-6));
    CHECK(in.v[1] * 255 == doctest::Approx(49.25 + 2.5 * (63 - k)).epsilon(1e-6));
    CHECK(to.v[0] * 255 == doctest::Approx(48 + 2.5 * k).epsilon(1e-6));
    CHECK(to.v[1] * 255 == doctest::Approx(48 + 2.5 * (63 - k)).epsilon(1e-6));
  }
  Cpu cpu;
  std::vector<float> plain(std::size_t{64} * 64 * 3);
  const std::int32_t chosen = 0;
  read_faces(cpu, {ramp.data(), 1, 256}, &chosen, {plain.data(), {1, 64, 64, 3}});
  CHECK(plain[30] * 255 == doctest::Approx(48 + 2.5 * 10).epsilon(1e-6));
  CHECK(plain[3841] * 255 == doctest::Approx(48 + 2.5 * 20).epsilon(1e-6));
}

TEST_CASE("a coverage of 224 reads from 16 on, 3.5 pixels apart") {
  std::vector<std::uint8_t> ramp(std::size_t{256} * 256 * 3);
  for (std::size_t i = 0; i < 65536; ++i) ramp[3 * i] = static_cast<std::uint8_t>(i % 256);
  const std::int32_t chosen = 0;
  Cpu cpu;
  std::vector<float> plain(std::size_t{64} * 64 * 3);
  const View out{plain.data(), {1, 64, 64, 3}};
  read_faces(cpu, {ramp.data(), 1, 256, 224.0 / 256}, &chosen, out);
  for (int k = 0; k < 64; ++k)
    CHECK(plain[static_cast<std::size_t>(3 * k)] * 255 ==
          doctest::Approx(16 + 3.5 * k).epsilon(1e-6));
  const Reader from{ramp.data(), 256, make_warp({}, 256, 64, 224.0 / 256)};
  // Half a sample and the mean of the four pixels under a node: as 49.25 is to 48.
  CHECK(sample_input<Bgr>(from, 64, 10, 10).v[0] * 255 ==
        doctest::Approx(16 + 3.5 * 10.5).epsilon(1e-6));
  CHECK_THROWS_AS(read_faces(cpu, {ramp.data(), 1, 256, 1.1}, &chosen, out), Error);
}

TEST_CASE("random numbers have the ranges and shares of the article's system") {
  struct Moments {
    double sum = 0, squares = 0, low = 1e9, high = -1e9;
    std::int64_t count = 0;
    void take(double x) {
      sum += x;
      squares += x * x;
      low = std::min(low, x);
      high = std::max(high, x);
      ++count;
    }
    double mean() const { return sum / static_cast<double>(count); }
    double variance() const { return squares / static_cast<double>(count) - mean() * mean(); }
  };
  Moments turn, scale, shift_x, shift_y, normal;
  int mirrored = 0;
  const int count = 100000;
  for (int i = 0; i < count; ++i) {
    const AugmentDraws draws =
        draw_sample(5, static_cast<std::uint64_t>(i) / 64, static_cast<std::uint32_t>(i) % 64);
    turn.take(draws.turn * 360);
    scale.take(draws.scale);
    shift_x.take(draws.shift_x);
    shift_y.take(draws.shift_y);
    for (const double n : draws.normal) normal.take(n);
    mirrored += draws.mirror ? 1 : 0;
  }
  // Uniform on [-l, l]: mean 0, variance l^2 / 3. Bounds are five standard errors.
  const auto uniform = [](const Moments& m, double middle, double l) {
    CHECK(std::abs(m.mean() - middle) < 5 * l / std::sqrt(3.0 * 1e5));
    CHECK(m.variance() == doctest::Approx(l * l / 3).epsilon(0.02));
    CHECK(m.low >= middle - l);
    CHECK(m.low < middle - 0.999 * l);
    CHECK(m.high <= middle + l);
    CHECK(m.high > middle + 0.999 * l);
  };
  uniform(turn, 0, 10);
  uniform(scale, 1, 0.05);
  uniform(shift_x, 0, 0.05);
  uniform(shift_y, 0, 0.05);
  CHECK(std::abs(normal.mean()) < 5 / std::sqrt(5e6));
  CHECK(std::abs(normal.variance() - 1) < 5 * std::sqrt(2 / 5e6));
  CHECK(normal.high > 4.5);
  CHECK(std::abs(mirrored / 1e5 - 0.4) < 5 * std::sqrt(0.24 / 1e5));
}

TEST_CASE("other samples, iterations and seeds draw other numbers, the same key the same") {
  const double base = draw_sample(1, 2, 3).turn;
  CHECK(draw_sample(1, 2, 3).turn == base);
  CHECK(draw_sample(1, 2, 4).turn != base);
  CHECK(draw_sample(1, 3, 3).turn != base);
  CHECK(draw_sample(2, 2, 3).turn != base);
}

TEST_CASE("the same seed draws the same bits on every machine") {
  const auto faces = drawn_faces(3, 256);
  const Batch batch =
      augmented(faces, 256, 64, 8, {.seed = 2019, .iteration = 7, .first_sample = 0});
  CHECK(fnv1a(batch.target, fnv1a(batch.input, 0xCBF29CE484222325U)) == 12742691523213199524U);
}

TEST_CASE("images do not depend on the number of threads") {
  const auto faces = drawn_faces(2, 256);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const Batch one = augmented(faces, 256, 64, 5, {.seed = 4, .iteration = 1});
  omp_set_num_threads(2);
  const Batch two = augmented(faces, 256, 64, 5, {.seed = 4, .iteration = 1});
  omp_set_num_threads(threads);
  CHECK(one.input == two.input);
  CHECK(one.target == two.target);
}

TEST_CASE("a pixel in a register and three separate numbers yield the same bits") {
  const auto faces = drawn_faces(1, 256);
  const Batch batch = augmented(faces, 256, 64, 1, {.seed = 11, .iteration = 5, .first_sample = 2});
  const Reader from{faces.data(), 256, make_warp(draw_sample(11, 5, 2), 256, 64)};
  int different = 0;
  for (int k = 0; k < 64 * 64; ++k) {
    const Bgr in = sample_input<Bgr>(from, 64, k % 64, k / 64);
    const Bgr to = sample_target<Bgr>(from, k % 64, k / 64);
    const float* wanted_in = batch.input.data() + std::ptrdiff_t{3} * k;
    const float* wanted_to = batch.target.data() + std::ptrdiff_t{3} * k;
    for (int c = 0; c < 3; ++c) {
      different += in.v[c] != wanted_in[c] || to.v[c] != wanted_to[c] ? 1 : 0;
    }
  }
  CHECK(different == 0);
}

TEST_CASE("a strength of color changes brightness, contrast and tint, the same in both images") {
  const int side = 64, count = 300;
  std::vector<std::uint8_t> faces(std::size_t{side} * side * 3);
  const double grey[] = {0.4, 0.5, 0.7};  // blue, green, red
  for (std::size_t i = 0; i < faces.size(); ++i)
    faces[i] = static_cast<std::uint8_t>(std::lround(255 * grey[i % 3]));
  AugmentKey key{.seed = 7, .strength = {.placement = 0, .warp = 0, .mirror = 0, .color = 0}};
  const Batch plain = augmented(faces, side, 16, count, key);
  key.strength.color = 1;
  const Batch colored = augmented(faces, side, 16, count, key);
  CHECK(colored.input == colored.target);
  const std::size_t image = std::size_t{16} * 16 * 3, middle = image / 2 + 24;
  double lowest = 1, highest = 0, tint = 0;
  for (int n = 0; n < count; ++n) {
    const float* pixel = &colored.target[static_cast<std::size_t>(n) * image + middle];
    CHECK(plain.target[static_cast<std::size_t>(n) * image + middle + 1] ==
          doctest::Approx(128 / 255.0));
    for (int c = 0; c < 3; ++c) {
      const double v = faces[static_cast<std::size_t>(c)] / 255.0;
      // (v (1 +- 0.15) - 0.5) (1 +- 0.25) + 0.5 +- 0.1 bounds it, with the gain before the contrast
      CHECK(std::abs(pixel[c] - v) <= 0.15 * v * 1.25 + 0.25 * std::abs(v - 0.5) + 0.1 + 1e-6);
    }
    lowest = std::min<double>(lowest, pixel[1]);
    highest = std::max<double>(highest, pixel[1]);
    tint = std::max<double>(
        tint, pixel[2] / pixel[1] / (plain.target[middle + 2] / plain.target[middle + 1]));
  }
  CHECK(lowest < 0.42);
  CHECK(highest > 0.58);
  CHECK(tint > 1.15);
  key.strength.color = 4;
  for (const float v : augmented(faces, side, 16, count, key).input) CHECK((v >= 0 && v <= 1));
}

TEST_CASE("augment refuses what does not fit") {
  const auto faces = drawn_faces(1, 256);
  std::vector<float> room(std::size_t{64} * 64 * 3);
  Cpu cpu;
  const std::int32_t missing = 1, there = 0;
  const View one{room.data(), {1, 64, 64, 3}};
  CHECK_THROWS_WITH_AS(augment(cpu, {faces.data(), 1, 256}, &missing, {}, one, one),
                       "augment: sample 0 wants face 1 of 1", Error);
  CHECK_THROWS_AS(
      augment(cpu, {faces.data(), 1, 256}, &there, {}, one, {room.data(), {1, 32, 32, 3}}), Error);
  CHECK_THROWS_AS(read_faces(cpu, {faces.data(), 1, 256}, &there, {room.data(), {1, 64, 32, 3}}),
                  Error);
  CHECK_THROWS_AS(read_faces(cpu, {}, &there, one), Error);
}
