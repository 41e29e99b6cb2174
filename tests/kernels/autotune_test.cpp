// SPDX-License-Identifier: MIT
#include "kernels/autotune.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "kernels/conv2d.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

const kernels::Conv2dSpec kConv{
    .x = {1, 6, 6, 16}, .w = {16, 3, 3, 16}, .y = {1, 6, 6, 16}, .pad = Pad::same(6, 3, 1)};

}  // namespace

TEST_CASE("an algorithm noted is found by the next process on the same machine only") {
  const Scratch folder;
  const auto file = folder / "new/deep/algorithms.txt";
  AlgorithmCache(file, "one").note("conv \"a\" [1,2]", "30 2=7");
  AlgorithmCache cache(file, "one");
  CHECK(cache.find("conv \"a\" [1,2]") == "30 2=7");
  CHECK(!cache.find("conv b"));
  cache.note("conv b", "4");
  const AlgorithmCache again(file, "one"), elsewhere(file, "one, and another algorithm");
  CHECK(again.find("conv \"a\" [1,2]") == "30 2=7");
  CHECK(again.find("conv b") == "4");
  CHECK(!elsewhere.find("conv b"));
}

TEST_CASE("two writers keep each other's algorithms, and leave no other file") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  AlgorithmCache one(file, "machine"), two(file);
  one.note("a", "1");
  two.note("b", "2");
  CHECK(AlgorithmCache(file, "machine").find("a") == "1");
  CHECK(AlgorithmCache(file).find("b") == "2");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a damaged cache, or one of another version, counts as empty and is written anew") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  AlgorithmCache(file).note("key", "name");
  const std::string good = text_of(file);
  std::string other = good;
  other.replace(other.find(" 1\n"), 3, " 2\n");
  for (const std::string& bad :
       {std::string(), std::string("{"), good.substr(0, good.size() / 2), other,
        good.substr(0, good.size() - 1), std::string("\xff\xfe\x00", 3)}) {
    write(file, bad);
    AlgorithmCache cache(file);
    CHECK(!cache.find("key"));
    cache.note("key", "name");
    CHECK(text_of(file) == good);
  }
}

TEST_CASE("tabs and line ends in a key or a machine's name do no harm") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  AlgorithmCache(file, "a\tmachine\n").note("a\nkey", "its\tname");
  CHECK(AlgorithmCache(file, "a\tmachine\n").find("a\nkey") == "its name");
}

TEST_CASE("without a file, or where none can be made, nothing is kept and nothing fails") {
  const Scratch folder;
  write(folder / "file", "x");
  for (const std::filesystem::path& where : {std::filesystem::path(), folder / "file/deeper"}) {
    AlgorithmCache cache(where);
    cache.note("key", "name");
    CHECK(!AlgorithmCache(where).find("key"));
  }
}

TEST_CASE("the device's table comes before the file, and learns what the file knows") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  Cpu first;
  first.cache = AlgorithmCache(file);
  (void)kernels::make_conv2d(first, kConv);
  REQUIRE(first.tuning.size() == 3);
  for (const auto& [key, name] : first.tuning) first.cache.note(key, "gemm");
  Cpu second, third;
  second.cache = third.cache = AlgorithmCache(file);
  for (const auto& [key, name] : first.tuning) third.tuning[key] = "direct";
  CHECK(kernels::make_conv2d(second, kConv)->algorithm_names() == "forward gemm, dx gemm, dw gemm");
  CHECK(kernels::make_conv2d(third, kConv)->algorithm_names() ==
        "forward direct, dx direct, dw direct");
  CHECK(second.tuning.size() == 3);
}

TEST_CASE("what one run of the CPU timed, the next one takes from the file") {
  const Scratch folder;
  const auto file = folder / "algorithms.txt";
  Cpu first, second;
  first.cache = AlgorithmCache(file);
  (void)kernels::make_conv2d(first, kConv);
  second.cache = AlgorithmCache(file);
  const std::string before = text_of(file);
  (void)kernels::make_conv2d(second, kConv);
  CHECK(second.tuning == first.tuning);
  CHECK(text_of(file) == before);
}

TEST_CASE("a CPU's estimate of scratch covers every algorithm, and is that of the known ones") {
  Cpu cpu;
  const std::size_t bytes = kernels::estimate_conv2d_scratch(cpu, kConv);
  CHECK(cpu.tuning.empty());
  for (const std::string& algorithm : kernels::conv2d_algorithms()) {
    Cpu forced;
    forced.forced_algorithm = algorithm;
    const std::size_t its = kernels::make_conv2d(forced, kConv)->scratch_bytes();
    CHECK(its <= bytes);
    CHECK(kernels::estimate_conv2d_scratch(forced, kConv) == its);
  }
  const Scratch folder;
  cpu.cache = AlgorithmCache(folder / "algorithms.txt");
  const std::size_t timed = kernels::make_conv2d(cpu, kConv)->scratch_bytes();
  Cpu later;
  later.cache = AlgorithmCache(folder / "algorithms.txt");
  CHECK(kernels::estimate_conv2d_scratch(later, kConv) == timed);
}

TEST_CASE("the fastest algorithm wins, and one that cannot run does not") {
  const std::vector<double> times = {3, 0, 1, 2};
  const auto time = [&](std::size_t i, double) {
    check(i != 1, "broken ", i);
    return times[i];
  };
  CHECK(pick_fastest(4, time) == 2);
  const auto broken = [](std::size_t i, double) -> double {
    fail(ErrorCode::Device, "broken ", i);
  };
  CHECK_THROWS_WITH_AS(pick_fastest(2, broken), "broken 0", Error);
}

}  // namespace cameo::test
