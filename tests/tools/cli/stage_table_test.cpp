// SPDX-License-Identifier: MIT
#include "tools/cli/stage_table.h"

#include <doctest/doctest.h>

#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const std::vector<StageReport> kStages{
    {.name = "read", .threads = 1, .items = 100, .busy = 2, .waiting = 8},
    {.name = "align", .threads = 2, .items = 100, .busy = 5, .waiting = 15}};

}  // namespace

TEST_CASE("a stage's share is of the time of all its threads, its rate that of all while at work") {
  const auto json = stage_json(kStages, 10);
  REQUIRE(json.size() == 2);
  CHECK(json[0]["busy_share"] == doctest::Approx(0.2));
  CHECK(json[1]["busy_share"] == doctest::Approx(0.25));
  CHECK(json[0]["items_per_second"] == doctest::Approx(50));
  CHECK(json[1]["items_per_second"] == doctest::Approx(40));
}

TEST_CASE("a stage that did nothing has rate and share 0") {
  const std::vector<StageReport> idle{{.name = "swap"}};
  const auto json = stage_json(idle, 0);
  CHECK(json[0]["items_per_second"] == 0);
  CHECK(json[0]["busy_share"] == 0);
}

TEST_CASE("the table has a line a stage, in their order") {
  const std::string text = stage_table(kStages, 10);
  CHECK(text.find("stage") < text.find("read"));
  CHECK(text.find("read") < text.find("align"));
  CHECK(contains(text, "40.0"));
}
