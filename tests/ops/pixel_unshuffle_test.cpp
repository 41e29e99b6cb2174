// SPDX-License-Identifier: MIT
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "engine/ops.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

using In = std::span<const Value>;

}  // namespace

TEST_CASE("pixel_unshuffle gathers blocks of pixels into channels") {
  // 3 channels as images have, and 8, which a GPU moves 16 bytes at a time.
  for (const int channels : {3, 8})
    check_op({.name = "pixel_unshuffle",
              .wants = {{2, 6, 10, channels}},
              .out = {2, 3, 5, 4 * channels},
              .build = [](In v) { return pixel_unshuffle(v[0], 2); }});
}

TEST_CASE("pixel_unshuffle of known pixels: block row, block column, channel") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    Graph g(exec, params, Mode::Inference);
    const Value x = g.input({1, 2, 4, 2}), y = pixel_unshuffle(x, 2);
    g.plan({y});
    const std::vector<float> pixels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    write(exec, g.value(x), pixels);
    g.forward();
    const std::vector<float> blocks{0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15};
    CHECK(read(exec, g.value(y)) == blocks);
  });
}

TEST_CASE("pixel_unshuffle is the inverse of pixel_shuffle, bit for bit") {
  each_backend([](Exec& exec) {
    for (const int r : {1, 2, 3}) {
      CAPTURE(r);
      ParamStore params(exec);
      Graph g(exec, params, Mode::Inference);
      const Value x = g.input({2, 6, 12, 5}), y = pixel_shuffle(pixel_unshuffle(x, r), r);
      g.plan({y});
      write(exec, g.value(x), numbers(x.shape().size(), 1));
      g.forward();
      CHECK(read(exec, g.value(y)) == read(exec, g.value(x)));
    }
  });
}

TEST_CASE("pixel_unshuffle refuses sides that do not divide") {
  Exec exec = Cpu();
  ParamStore params(exec);
  Graph g(exec, params);
  const Value x = g.input({2, 4, 6, 3});
  CHECK_THROWS_WITH_AS(pixel_unshuffle(x, 4), doctest::Contains("pixel_unshuffle: the sides of"),
                       Error);
}

}  // namespace cameo::test
