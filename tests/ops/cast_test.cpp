// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "engine/ops.h"
#include "kernels/bf16.h"
#include "tests/support/op_case.h"

namespace cameo::test {

TEST_CASE("cast keeps what its type can hold, and passes gradients on") {
  check_op({.name = "cast",
            .wants = {{2, 3, 5, 7}},
            .out = {2, 3, 5, 7},
            .build = [](std::span<const Value> v) { return cast(v[0], DType::F32); }});
}

TEST_CASE("cast rounds float32 to the type that the backend computes in") {
  each_backend([](Exec& exec) {
    ParamStore params(exec);
    params.allocate();
    Graph g(exec, params);
    const Value x = g.input({1, 3, 5, 3}, false, DType::F32), y = cast(x, params.type());
    g.plan({y});
    const std::vector<float> given = numbers(x.shape().size(), 3);
    write(exec, g.value(x), given);
    g.forward();
    std::vector<float> rounded = given;
    if (params.type() == DType::BF16)
      for (float& value : rounded) value = to_float(from_float<Bf16>(value));
    CHECK(g.value(y).dtype == params.type());
    CHECK(read(exec, g.value(y)) == rounded);
  });
}

}  // namespace cameo::test
