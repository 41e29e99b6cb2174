// SPDX-License-Identifier: MIT
#include "kernels/ms_ssim.h"

#include <cmath>

#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

/// Losses of x and t, [1,side,side,1] each, by graphs of the CPU.
double loss_of(int side, const std::vector<float>& x, const std::vector<float>& t,
               const std::function<Value(Value, Value)>& loss) {
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("unused", {}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value of_x = g.input({1, side, side, 1}, true), of_t = g.input({1, side, side, 1});
  const Value out = loss(of_x, of_t);
  g.plan(std::vector<Loss>{{"loss", out}});
  write(exec, g.value(of_x), x);
  write(exec, g.value(of_t), t);
  g.forward();
  return double{*g.value(out).f32()};
}

}  // namespace

TEST_CASE("ms_ssim has the gradient of its value at every scale, odd sides included") {
  check_op({.name = "ms_ssim",
            .wants = {{2, 23, 25, 2}},
            .out = {},
            .build = [](In v) { return ms_ssim(v[0], v[1], 0.5F); },
            .fixed = {{2, 23, 25, 2}}});
  check_op({.name = "ms_ssim of three scales",
            .wants = {{2, 45, 46, 2}},
            .out = {},
            .build = [](In v) { return ms_ssim(v[0], v[1], 0.5F); },
            .fixed = {{2, 45, 46, 2}},
            .tolerance = 5e-3,  // float32 leaves so much of differences of a mean over 8280 numbers
            .golden = "ms_ssim.safetensors",
            .golden_tolerance = 1e-6});
}

TEST_CASE("ms_ssim weighs windows by a mask's pixel in their middle, at every scale") {
  for (const int masks : {1, 2})
    check_op({.name = "ms_ssim with a mask",
              .wants = {{2, 23, 25, 2}},
              .out = {},
              .build = [](In v) { return ms_ssim(v[0], v[1], 0.5F, v[2]); },
              .fixed = {{2, 23, 25, 2}, {masks, 23, 25, 1}}});
}

TEST_CASE("ms_ssim of images of one scale is dssim, with a mask too") {
  constexpr int kSide = 21;
  constexpr std::int64_t kPixels = std::int64_t{kSide} * kSide;
  const auto x = numbers(kPixels, 1), t = numbers(kPixels, 2);
  for (const bool masked : {false, true}) {
    const auto by = [&](auto op) {
      return loss_of(kSide, x, t, [&](Value a, Value b) {
        return masked ? op(a, b, 0.7F, sigmoid(scale(b, 3))) : op(a, b, 0.7F, std::nullopt);
      });
    };
    CHECK(by(ms_ssim) == doctest::Approx(by(dssim)).epsilon(1e-5));
  }
}

TEST_CASE("a difference of brightness alone counts at the coarsest scale alone") {
  constexpr int kSide = 22;  // two scales: 0.0448 and 0.2856, made to sum to 1
  const auto t = std::vector<float>(std::size_t{kSide} * kSide, 0.5F),
             x = std::vector<float>(t.size(), 0.25F);
  const double c1 = 1e-4, similarity = (2 * 0.125 + c1) / (0.25 + 0.0625 + c1);
  const double wanted = 1 - std::pow((1 + similarity) / 2, 0.2856 / (0.0448 + 0.2856));
  CHECK(loss_of(kSide, x, t, [](Value a, Value b) { return ms_ssim(a, b); }) ==
        doctest::Approx(wanted).epsilon(1e-4));
  CHECK(loss_of(kSide, t, t, [](Value a, Value b) { return ms_ssim(a, b); }) ==
        doctest::Approx(0).epsilon(1e-6));
}

TEST_CASE("images have as many scales as hold a window, five at the most") {
  for (const auto& [side, scales] :
       {std::pair{11, 1}, {21, 1}, {22, 2}, {64, 3}, {128, 4}, {176, 5}, {512, 5}})
    CHECK(kernels::ms_ssim_scales({1, side, 600, 3}) == scales);
  double sum = 0;
  for (const double weight : kernels::ms_ssim_weights(3)) sum += weight;
  CHECK(sum == doctest::Approx(1));
}

}  // namespace cameo::test
