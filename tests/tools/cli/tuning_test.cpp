// SPDX-License-Identifier: MIT
#include "tools/cli/tuning.h"

#include <doctest/doctest.h>

#include "tests/support/programs.h"

namespace cameo::test {

TEST_CASE("what was found fastest is known to the next run on this machine") {
  const Scratch scratch;
  const auto file = scratch / "deep" / "ways.json";
  Exec first = Cpu(), second = Cpu();
  std::get<Cpu>(first).tuning = {{"conv2d a", "winograd"}, {"dense b", "gemm"}};
  keep_tuning(first, file);
  std::get<Cpu>(second).tuning = {{"conv2d c", "direct"}};
  keep_tuning(second, file);
  Exec third = Cpu();
  recall_tuning(third, file);
  CHECK(std::get<Cpu>(third).tuning == std::map<std::string, std::string>{{"conv2d a", "winograd"},
                                                                          {"conv2d c", "direct"},
                                                                          {"dense b", "gemm"}});
}

TEST_CASE("what was fastest before there was another way is measured again") {
  const Scratch scratch;
  const auto file = scratch / "ways.json";
  Exec exec = Cpu();
  std::get<Cpu>(exec).tuning = {{"conv2d a", "gemm"}};
  keep_tuning(exec, file);
  std::string table = text_of(file);
  const auto newest = table.find(" tiles");
  REQUIRE(newest != std::string::npos);
  write_text(file, table.erase(newest, 6));
  Exec later = Cpu();
  recall_tuning(later, file);
  CHECK(std::get<Cpu>(later).tuning.empty());
}

TEST_CASE("a damaged or missing table of ways is an empty one") {
  const Scratch scratch;
  Exec exec = Cpu();
  recall_tuning(exec, scratch / "none.json");
  CHECK(std::get<Cpu>(exec).tuning.empty());
  write_text(scratch / "bad.json", "{\"half");
  recall_tuning(exec, scratch / "bad.json");
  CHECK(std::get<Cpu>(exec).tuning.empty());
  std::get<Cpu>(exec).tuning = {{"a", "b"}};
  keep_tuning(exec, scratch / "bad.json");
  Exec again = Cpu();
  recall_tuning(again, scratch / "bad.json");
  CHECK(std::get<Cpu>(again).tuning.size() == 1);
}

}  // namespace cameo::test
