// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("dssim: every window inside the images counts, each channel for itself") {
  check_op({.name = "dssim",
            .wants = {{2, 13, 14, 3}},
            .out = {},
            .build = [](In v) { return dssim(v[0], v[1], 0.5F); },
            .fixed = {{2, 13, 14, 3}},
            .golden = "dssim.safetensors"});
}

TEST_CASE("dssim weighs windows by a mask's pixel in their middle") {
  for (const int masks : {1, 2})
    check_op({.name = "dssim with a mask",
              .wants = {{2, 13, 14, 3}},
              .out = {},
              .build = [](In v) { return dssim(v[0], v[1], 0.5F, v[2]); },
              .fixed = {{2, 13, 14, 3}, {masks, 13, 14, 1}}});
}

TEST_CASE("dssim of one window is that of the pixels in it, over the number of windows") {
  const Shape whole{2, 13, 14, 3}, cut{1, 11, 11, 3};
  const int image = 1, row = 2, column = 1;  // the window that counts
  Exec exec = Cpu();
  ParamStore params(exec);
  params.add("unused", {}, Init::Zeros);
  params.allocate();
  Graph g(exec, params);
  const Value x = g.input(whole, true), t = g.input(whole), mask = g.input({2, 13, 14, 1});
  const Value part_x = g.input(cut, true), part_t = g.input(cut), ones = g.input({1, 13, 14, 1});
  const std::vector<Loss> losses = {{"masked", dssim(x, t, 1, mask)},
                                    {"part", dssim(part_x, part_t)},
                                    {"all", dssim(x, t, 1, ones)},
                                    {"plain", dssim(x, t)}};
  g.plan(losses);
  const auto of_x = numbers(whole.size(), 1), of_t = numbers(whole.size(), 2);
  std::vector<float> cut_x, cut_t, weights(2 * 13 * 14);
  for (int y = 0; y < 11; ++y) {
    const auto from = ((std::ptrdiff_t{image} * 13 + row + y) * 14 + column) * 3;
    cut_x.insert(cut_x.end(), of_x.begin() + from, of_x.begin() + from + 33);
    cut_t.insert(cut_t.end(), of_t.begin() + from, of_t.begin() + from + 33);
  }
  weights[static_cast<std::size_t>((image * 13 + row + 5) * 14 + column + 5)] = 2;
  for (const auto& [to, data] :
       {std::pair{x, &of_x}, {t, &of_t}, {part_x, &cut_x}, {part_t, &cut_t}})
    write(exec, g.value(to), *data);
  write(exec, g.value(mask), weights);
  write(exec, g.value(ones), std::vector<float>(13 * 14, 1.0F));
  g.forward();
  const auto loss = [&](std::size_t i) { return double{*g.value(losses[i].value).f32()}; };
  // Two images of 3 x 4 windows.
  CHECK(loss(0) == doctest::Approx(2 * loss(1) / 24).epsilon(1e-5));
  CHECK(loss(2) == doctest::Approx(loss(3)).epsilon(1e-6));
}

}  // namespace cameo::test
