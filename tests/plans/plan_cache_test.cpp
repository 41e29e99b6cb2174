// SPDX-License-Identifier: MIT
#include "kernels/cuda/plan_cache.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/cuda/autotune.h"
#include "tests/support/scratch.h"

using cameo::Error;
using cameo::kernels::PlanCache;
using cameo::kernels::recall;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("a plan noted is found by the next process") {
  const cameo::test::Scratch folder;
  PlanCache(folder / "new/deep").note("conv \"a\" [1,2]", "30 2=7");
  PlanCache cache(folder / "new/deep");
  CHECK(cache.find("conv \"a\" [1,2]") == "30 2=7");
  CHECK(!cache.find("conv b"));
  cache.note("conv b", "4");
  const PlanCache again(folder / "new/deep");
  CHECK(again.find("conv \"a\" [1,2]") == "30 2=7");
  CHECK(again.find("conv b") == "4");
}

TEST_CASE("two writers keep each other's plans, and leave no other file") {
  const cameo::test::Scratch folder;
  PlanCache one(folder.path()), two(folder.path());
  one.note("a", "1");
  two.note("b", "2");
  const PlanCache all(folder.path());
  CHECK(all.find("a") == "1");
  CHECK(all.find("b") == "2");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a damaged file, or one of another version, counts as empty and is written anew") {
  const cameo::test::Scratch folder;
  PlanCache(folder.path()).note("key", "name");
  const auto file = folder / "plans.json";
  const std::string good = text_of(file);
  std::string other = good;
  other.replace(other.find("\"cameo_plans\": 1"), 16, "\"cameo_plans\": 2");
  for (const std::string& bad :
       {std::string(), std::string("{"), good.substr(0, good.size() / 2), other, std::string("[]"),
        std::string("null"), std::string("\xff\xfe\x00", 3), std::string("{\"cameo_plans\": 1}"),
        std::string("{\"cameo_plans\": 1, \"plans\": [\"key\"]}"),
        std::string("{\"cameo_plans\": 1, \"plans\": {\"key\": 7}}")}) {
    write(file, bad);
    PlanCache cache(folder.path());
    CHECK(!cache.find("key"));
    cache.note("key", "name");
    CHECK(text_of(file) == good);
  }
}

TEST_CASE("without a folder, or where none can be made, nothing is kept and nothing fails") {
  const cameo::test::Scratch folder;
  write(folder / "file", "x");
  for (const std::filesystem::path& where : {std::filesystem::path(), folder / "file"}) {
    PlanCache cache(where);
    cache.note("key", "name");
    CHECK(cache.find("key") == "name");
    CHECK(!PlanCache(where).find("key"));
  }
}

TEST_CASE("the context's table comes before the file, and learns what the file knows") {
  const cameo::test::Scratch folder;
  PlanCache cache(folder.path());
  cache.note("a", "file");
  cache.note("b", "file");
  std::map<std::string, std::string> tuning = {{"a", "table"}};
  CHECK(recall(tuning, cache, "a") == "table");
  CHECK(recall(tuning, cache, "b") == "file");
  CHECK(!recall(tuning, cache, "c"));
  CHECK(tuning == std::map<std::string, std::string>{{"a", "table"}, {"b", "file"}});
}

TEST_CASE("the fastest way wins, and one that cannot run does not") {
  const std::vector<float> times = {3, 0, 1, 2};
  const auto time = [&](std::size_t i) {
    cameo::check(i != 1, "broken ", i);
    return times[i];
  };
  CHECK(cameo::kernels::fastest(4, time) == 2);
  const auto broken = [](std::size_t i) -> float {
    cameo::fail(cameo::ErrorCode::Device, "broken ", i);
  };
  CHECK_THROWS_WITH_AS(cameo::kernels::fastest(2, broken), "broken 0", Error);
}
