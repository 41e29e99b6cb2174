// SPDX-License-Identifier: MIT
#include "model/net/discriminator.h"

#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/adam.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

std::int64_t parameters(const Discriminator& discriminator) {
  Exec exec = Cpu();
  ParamStore params(exec);
  discriminator.declare(params);
  return params.parameters();
}

using Strides = std::vector<int>;

}  // namespace

TEST_CASE("a discriminator has DeepFaceLab's parameters") {
  CHECK(parameters({.size = 128, .patch = 16}) == 233'650);
  CHECK(parameters({.size = 256, .patch = 32}) == 946'994);
}

TEST_CASE("a discriminator sees about a patch: its strides are the fewest that come nearest") {
  CHECK(receptive_field({2}) == 3);
  CHECK(receptive_field({2, 2, 2}) == 15);
  CHECK(receptive_field({2, 1, 2}) == 11);
  const auto strides = [](int size, int patch) {
    return Discriminator{.size = size, .patch = patch}.strides();
  };
  CHECK(strides(128, 16) == Strides{2, 2, 2});
  CHECK(strides(256, 32) == Strides{2, 2, 2, 2});
  CHECK(strides(256, 3) == Strides{2});
  CHECK(strides(64, 8) == Strides{2, 2});
  CHECK(strides(64, 11) == Strides{2, 1, 2});
  // 12 divides by 4 and no further: the planes of both ways must meet.
  CHECK(strides(12, 12) == Strides{2, 1, 2});
  CHECK_THROWS_WITH_AS(strides(64, 65),
                       doctest::Contains("a patch of 65 pixels for images of 64, must be 3 to 64"),
                       Error);
  CHECK_THROWS_AS(strides(64, 2), Error);
}

TEST_CASE("a centre logit sees its patch and nothing else") {
  Exec exec = Cpu();
  const Discriminator discriminator{.size = 32, .patch = 7, .width = 4};
  ParamStore params(exec);
  discriminator.declare(params);
  params.allocate();
  params.initialize(3);
  Graph g(exec, params);
  const Value image = g.input({1, 32, 32, 3}, true);
  const Discriminator::Logits logits = discriminator.judge(params, image, Trainable::No);
  CHECK(logits.centre.shape() == Shape{1, 8, 8, 1});
  CHECK(logits.pixels.shape() == Shape{1, 32, 32, 1});
  g.plan({logits.centre, logits.pixels});
  write(exec, g.value(image), numbers(image.shape().size(), 4));
  std::vector<float> one(64, 0);
  one[8 * 4 + 4] = 1;  // its windows begin at pixel 16
  write(exec, g.grad(logits.centre), one);
  write(exec, g.grad(logits.pixels), std::vector<float>(1024, 0));
  g.forward();
  g.backward(RootGrad::Filled);
  const std::vector<float> seen = read(exec, g.grad(image));
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) {
      CAPTURE(y);
      CAPTURE(x);
      const bool inside = y >= 16 && y < 23 && x >= 16 && x < 23;
      CHECK((seen[static_cast<std::size_t>(y * 32 + x) * 3] != 0) == inside);
    }
}

TEST_CASE("a discriminator learns to tell stripes from grey, and frozen it stays") {
  Exec exec = Cpu();
  const Discriminator discriminator{.size = 16, .patch = 7, .width = 4};
  ParamStore params(exec);
  discriminator.declare(params);
  params.allocate();
  params.initialize(3);
  Graph g(exec, params);
  const Value real = g.input({2, 16, 16, 3}), fake = g.input({2, 16, 16, 3}, true);
  const auto judged = [&](Value images, float label) {
    const auto logits = discriminator.judge(params, images, Trainable::Yes);
    return add(bce_with_logits(logits.centre, label), bce_with_logits(logits.pixels, label));
  };
  g.plan({{"real", judged(real, 1)}, {"fake", judged(fake, 0)}});
  std::vector<float> stripes(std::size_t{2} * 16 * 16 * 3);
  for (std::size_t i = 0; i < stripes.size(); ++i) stripes[i] = i / 3 % 2 == 0 ? 0.2F : 0.8F;
  write(exec, g.value(real), stripes);
  write(exec, g.value(fake), std::vector<float>(stripes.size(), 0.5F));
  DeviceAdamState state(exec, {.rate = 2e-3});
  Adam adam(params, state, {params.all()});
  for (int i = 0; i < 100; ++i) {
    g.forward();
    g.backward();
    adam.step();
  }
  g.forward();
  // 2 log 2 = 1.39 for one that cannot tell.
  CHECK(read(exec, g.loss("real"))[0] < 0.3F);
  CHECK(read(exec, g.loss("fake"))[0] < 0.3F);
  Graph other(exec, params);
  const Value image = other.input({2, 16, 16, 3}, true);
  other.plan(
      {{"fooled", bce_with_logits(discriminator.judge(params, image, Trainable::No).pixels, 1)}});
  const View all = params.grads(params.all());
  const std::vector<float> before = read(exec, all);
  other.forward();
  other.backward();
  CHECK(read(exec, all) == before);
  CHECK(read(exec, other.grad(image)) != std::vector<float>(stripes.size(), 0));
}

}  // namespace cameo::test
