// SPDX-License-Identifier: MIT
#include "pipeline/measure/frame_measures.h"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace cameo;

TEST_CASE("each measure has a name and a value of its own") {
  std::set<std::string> names;
  FrameMeasures frame;
  for (const Measure& measure : measures()) {
    CHECK(names.insert(measure.name).second);
    CHECK_FALSE(frame.*measure.value);
    frame.*measure.value = 1;
  }
  CHECK(measures().size() == sizeof(FrameMeasures) / sizeof(frame.seam));
}

TEST_CASE("means are over the frames in which a measure is known") {
  const std::vector<FrameMeasures> frames{
      {.sharpness = 0.5, .seam = 3}, {.sharpness = 0.7}, {.seam = -1}};
  const FrameMeasures mean = mean_of(frames);
  CHECK(*mean.sharpness == 0.6);
  CHECK(*mean.seam == 1);
  CHECK_FALSE(mean.flicker);
}
