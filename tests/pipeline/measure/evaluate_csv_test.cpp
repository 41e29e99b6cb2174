// SPDX-License-Identifier: MIT
#include <string>

#include <doctest/doctest.h>

#include "pipeline/measure/evaluate.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;

TEST_CASE("the table has one line a frame and empty places for what is not known") {
  EvaluateReport report;
  report.frames.push_back(
      {.name = "7", .swap = ImageMetrics{20, 0.5, 0.75}, .unchanged = ImageMetrics{10, 0.25, 0.5}});
  report.frames.push_back({.name = "8",
                           .swap = ImageMetrics{20, 0.5, 0.75},
                           .unchanged = ImageMetrics{10, 0.25, 0.5},
                           .pasted = ImageMetrics{12, 0.3, 0.6},
                           .identity = Identity{0.4, 0.7},
                           .identity_unchanged = Identity{0.8, 0.1},
                           .identity_truth_face = Identity{0.3, 0.6},
                           .measures = {.sharpness = 0.9, .blotches = 0.01}});
  report.frames.push_back({.name = "9", .measures = {.seam = -2}});
  const std::string csv = evaluate_csv(report);
  CHECK(contains(csv, "\n7,20,0.5,10,0.25,,,,,,,0.75,0.5,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n"));
  CHECK(contains(csv,
                 "\n8,20,0.5,10,0.25,12,0.3,0.4,0.7,0.8,0.1,0.75,0.5,0.6,0.9,,,,,,,,,,,0.01,,,,,,,,"
                 ",,,,,,,,,0.3,0.6\n"));
  CHECK(contains(csv, "\n9,,,,,,,,,,,,,,,,,,,,,,,,-2,,,,,,,,,,,,,,,,,,,\n"));
  CHECK(contains(csv,
                 ",unchanged_to_target,swap_ms_ssim,unchanged_ms_ssim,pasted_ms_ssim,sharpness,"));
  CHECK(contains(csv,
                 ",seam,blotches,preservation,exact_swap_to_source,exact_swap_to_target,exact_swap_"
                 "sharpness,"));
  CHECK(contains(
      csv,
      ",exact_swap_blotches,exact_swap_preservation,exact_face_to_source,exact_face_to_target\n"));
}
