// SPDX-License-Identifier: MIT
#include "model/data/latent_range.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/graph.h"
#include "model/net/network.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

constexpr std::size_t kWidth = 4;

/// Latents around (1, 2, 3, 4) that vary by 3, 2 and 1 along (1, 1, 0, 0), (1, -1, 0, 0) and
/// (0, 0, 1, 0), each over its root, and not at all along (0, 0, 0, 1).
LatentSample known_sample() {
  LatentSample sample{{}, kWidth};
  const float root = std::sqrt(0.5F);
  for (int i = 0; i < 60; ++i) {
    const auto t = static_cast<float>(i);
    const float p = 3 * std::sin(t), q = 2 * std::sin(1.7F * t + 1), r = std::sin(2.3F * t + 2);
    for (const float value : {1 + root * (p + q), 2 + root * (p - q), 3 + r, 4.0F})
      sample.values.push_back(value);
  }
  return sample;
}

double product(const LatentRange& range, std::size_t axis, const float* latent) {
  double sum = 0;
  for (std::size_t i = 0; i < kWidth; ++i) sum += double{range.axes[axis * kWidth + i]} * latent[i];
  return sum;
}

/// A limited network of that width, with its weights drawn.
struct Subject {
  Exec exec{Cpu{}};
  ParamStore params{exec};
  Network network;

  explicit Subject(int axes)
      : network(limited(cameo::network("df", "size=32 down=4,8 latent=4 inner=8 up=8 decoder=8,4"),
                        axes)) {
    network.declare(params);
    params.allocate(/*with_gradients=*/false);
    params.initialize(3);
  }

  /// What decoders read of latents.
  std::vector<float> features(const Network& of, const std::vector<float>& latents) {
    Graph graph(exec, params, Mode::Inference);
    const int count = static_cast<int>(latents.size() / kWidth);
    const Value latent = graph.input({count, 1, 1, static_cast<int>(kWidth)});
    const Value features = of.read_latent(params, latent);
    graph.plan({features});
    write_floats(exec, graph.value(latent), latents.data());
    graph.forward();
    return read_floats(exec, graph.value(features));
  }
};

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(double{a[i]} - b[i]));
  return most;
}

}  // namespace

TEST_CASE("a range's axes are those of the largest variance, its ends those of the latents") {
  const LatentSample sample = known_sample();
  const LatentRange range = range_of(sample);
  REQUIRE(range.low.size() == 2);  // half of the width
  const double root = std::sqrt(0.5);
  for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
    const float* const is = &range.axes[axis * kWidth];
    CHECK(std::abs(is[0]) == doctest::Approx(root).epsilon(0.05));
    CHECK(is[1] / is[0] == doctest::Approx(axis == 0 ? 1 : -1).epsilon(0.1));
    CHECK(std::hypot(is[2], is[3]) < 0.1);
    double low = 1e9, high = -1e9, sum = 0;
    for (std::size_t at = 0; at < sample.values.size(); at += kWidth) {
      const double along = product(range, axis, &sample.values[at]);
      low = std::min(low, along);
      high = std::max(high, along);
    }
    for (std::size_t i = 0; i < kWidth; ++i) sum += double{is[i]} * is[i];
    CHECK(sum == doctest::Approx(1));
    CHECK(range.low[axis] == doctest::Approx(low));
    CHECK(range.high[axis] == doctest::Approx(high));
  }
}

TEST_CASE("of latents wider than they are many the axes are found, too") {
  constexpr std::size_t kWide = 24;
  LatentSample sample{{}, kWide};
  for (int n = 0; n < 12; ++n)
    for (std::size_t i = 0; i < kWide; ++i) {
      const float first = n % 2 == 0 ? 3 : -3, second = n / 2 % 2 == 0 ? 2 : -2;
      const float along = i == 5 ? first : i == 17 ? second : 0;
      sample.values.push_back(along + static_cast<float>(i));
    }
  const LatentRange range = range_of(sample);
  REQUIRE(range.low.size() == 2);  // the others do not vary
  for (std::size_t i = 0; i < kWide; ++i) {
    CHECK(std::abs(range.axes[i]) == doctest::Approx(i == 5 ? 1 : 0).epsilon(0.05));
    CHECK(std::abs(range.axes[kWide + i]) == doctest::Approx(i == 17 ? 1 : 0).epsilon(0.05));
  }
}

TEST_CASE("few latents, or none that differ, limit nothing") {
  LatentSample sample = known_sample();
  sample.values.resize(3 * kWidth);
  CHECK_FALSE(range_of(sample));
  for (std::size_t i = 0; i < sample.values.size(); ++i)
    sample.values[i] = static_cast<float>(i % kWidth);
  sample.values.resize(40 * kWidth, 1);
  for (std::size_t i = 0; i < sample.values.size(); ++i)
    sample.values[i] = static_cast<float>(i % kWidth);
  CHECK_FALSE(range_of(sample));
}

TEST_CASE("a latent beyond the range is read as the end of the range, one within as it is") {
  Subject subject(2);
  const Network plain = network("df", subject.network.settings);
  const LatentSample sample = known_sample();
  const LatentRange range = range_of(sample);
  const LatentStats still{std::vector<float>(kWidth), std::vector<float>(kWidth, 1)};
  limit_latents(subject.params, range, LatentMap(still, still));
  const std::vector<float> own(sample.values.begin(), sample.values.begin() + 8 * kWidth);
  const std::vector<float> as_it_is = subject.features(plain, own);
  CHECK(largest_difference(subject.features(subject.network, own), as_it_is) < 1e-5);

  std::vector<float> far = own, nearest = own;
  for (std::size_t at = 0; at < far.size(); at += kWidth) {
    const double along = product(range, 1, &far[at]);
    for (std::size_t i = 0; i < kWidth; ++i) {
      const float axis = range.axes[kWidth + i];
      far[at + i] += axis * 20;
      nearest[at + i] += axis * static_cast<float>(range.high[1] - along);
    }
  }
  CHECK(largest_difference(subject.features(plain, far), as_it_is) > 1);
  CHECK(largest_difference(subject.features(subject.network, far),
                           subject.features(plain, nearest)) < 1e-4);
}

TEST_CASE("a range counts behind the match of latents") {
  Subject subject(2);
  const LatentSample sample = known_sample();
  const LatentRange range = range_of(sample);
  const LatentStats from{{5, -1, 0, 2}, {2, 1, 0.5F, 1}}, to = moments_of(sample);
  const LatentMap map(from, to);
  limit_latents(subject.params, range, map);
  match_latents(subject.params, subject.network, from, to);
  Subject plain(2);
  const Network without = network("df", plain.network.settings);
  for (const float far : {60.0F, -60.0F}) {
    // The match of that latent, moved to the range's end along both axes.
    const std::vector<float> latent{far, -3, 0.3F, 2};
    std::vector<float> end;
    for (std::size_t i = 0; i < kWidth; ++i)
      end.push_back(map.stretch[i] * latent[i] + map.shift[i]);
    for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
      const double along = product(range, axis, end.data());
      const double kept = std::clamp<double>(along, range.low[axis], range.high[axis]);
      CHECK(kept != along);
      for (std::size_t i = 0; i < kWidth; ++i)
        end[i] += range.axes[axis * kWidth + i] * static_cast<float>(kept - along);
    }
    CHECK(largest_difference(subject.features(subject.network, latent),
                             plain.features(without, end)) < 1e-4);
  }
}

TEST_CASE("a range of another width or number of axes is refused with the numbers") {
  Subject subject(1);
  const LatentRange range = range_of(known_sample());
  const LatentStats still{std::vector<float>(kWidth), std::vector<float>(kWidth, 1)};
  const std::string message =
      message_of([&] { limit_latents(subject.params, range, LatentMap(still, still)); });
  CHECK(contains(message, "along 2 axes, in 8 numbers, for latents of 4 elements"));
}

TEST_CASE("a network whose sides have latents of their own cannot be limited") {
  const Network liae = network("liae", "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4");
  CHECK(contains(message_of([&] { limited(liae, 2); }), "each side has a latent of its own"));
}

}  // namespace cameo::test
