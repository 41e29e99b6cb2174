// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/gpu/report.h"
#include "tests/model/drawn_faces.h"

using namespace cameo;

TEST_CASE("a measurement of steps alone tells each as it comes, and nothing else") {
  const test::Threads one(1);
  std::vector<std::string> told;
  const auto all = bench::measure({.preset = test::tiny_preset(),
                                   .precisions = {Precision::Bf16},
                                   .batches = {1, 2},
                                   .steps_only = true,
                                   .patience = {.repeats = 1, .runs = 1},
                                   .on_step = [&](const auto& row) {
                                     told.push_back(row["precision"].template get<std::string>() +
                                                    ' ' + row["batch"].dump());
                                     CHECK(row["seconds"] > 0);
                                   }});
  CHECK(told == std::vector<std::string>{"bfloat16 1", "bfloat16 2"});
  const auto& result = all["results"][0];
  CHECK(result["steps"].size() == 2);
  CHECK(result["draw_seconds"] > 0);
  CHECK(!result.contains("kernels"));
  CHECK(!result.contains("training"));
}

TEST_CASE("the measurement for GPUs runs through and leaves no figure out") {
  const test::Threads one(1);
  const auto all = bench::measure({.preset = test::tiny_preset(),
                                   .precisions = {Precision::Tf32, Precision::Bf16},
                                   .batches = {1},
                                   .batch = 1,
                                   .side = 64,
                                   .iterations = 3,
                                   .patience = {.repeats = 1, .runs = 1}});
  REQUIRE(all["results"].size() == 2);
  for (const auto& result : all["results"]) {
    CAPTURE(result["precision"].get<std::string>());
    CHECK(result["ceilings"].size() == 2);
    CHECK(result["kernels"].size() == 18);
    CHECK(result["products"].size() >= 20);
    for (const char* table : {"ceilings", "kernels", "products"})
      for (const auto& row : result[table]) CHECK(row["seconds"] > 0);
    CHECK(result["steps"][0]["faces_per_second"] > 0);
    CHECK(result["draw_seconds"] > 0);
    CHECK(result["training"]["iterations"] == 3);
  }
}
