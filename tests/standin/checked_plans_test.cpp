// SPDX-License-Identifier: MIT
// Plans of cuDNN's that compute something else than the convolution: here such as shift the image,
// taking the padding after it for that before.
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "cudnn.h"
#include "kernels/conv2d.h"
#include "kernels/cuda/conv_algorithm.h"
#include "kernels/cuda/libraries.h"
#include "tests/standin/backends.h"
#include "tests/support/scratch.h"

using namespace cameo;
using kernels::Conv2dSpec;
using kernels::ConvPass;
using test::contains;

namespace {

constexpr ConvPass kPasses[] = {ConvPass::Forward, ConvPass::BackwardData,
                                ConvPass::BackwardWeights};
constexpr Precision kPrecisions[] = {Precision::F32, Precision::Tf32, Precision::Bf16};

/// Engines that compute wrongly while it lives.
class Wrong {
 public:
  explicit Wrong(std::set<std::int64_t> numbers) {
    standin::cudnn_wrong_engines() = std::move(numbers);
  }
  ~Wrong() { standin::cudnn_wrong_engines().clear(); }
  Wrong(const Wrong&) = delete;
  Wrong& operator=(const Wrong&) = delete;
};

/// Padding of 1 before and 2 after, channels that are padded to 8.
const Conv2dSpec kSpec{.x = {2, 8, 8, 12},
                       .w = {5, 5, 5, 12},
                       .y = {2, 4, 4, 5},
                       .stride = 2,
                       .pad = Pad::same(8, 5, 2)};

struct Picked {
  std::string name;
  std::vector<std::string> warnings;
};

Picked pick(Cuda& on, ConvPass pass) {
  Picked picked;
  on.on_warning = [&](const std::string& line) { picked.warnings.push_back(line); };
  const auto handle = kernels::cudnn::handle_on(on.stream());
  picked.name = pick_conv_algorithm(on, kSpec, pass, handle.get()).name();
  on.on_warning = nullptr;
  return picked;
}

Picked pick(const CudaOptions& options, ConvPass pass) {
  Cuda on(options);
  return pick(on, pass);
}

}  // namespace

TEST_CASE("a plan that computes wrongly is left out, with a warning") {
  const Wrong wrong({7});
  for (const ConvPass pass : kPasses)
    for (const Precision precision : {Precision::Tf32, Precision::Bf16})
      for (const bool timed : {false, true}) {
        const Picked picked = pick({.precision = precision, .time_plans = timed}, pass);
        CHECK(picked.name == "8 2=1");
        REQUIRE(picked.warnings.size() == 2);
        CHECK(contains(picked.warnings[1], kernels::key_of(kSpec, pass)));
        CHECK(contains(picked.warnings[1], "algorithm \"7 2=2\" is not used: it computes wrongly"));
      }
}

TEST_CASE("in float32, too, the next of cuDNN's lists has the right plan") {
  const Wrong wrong({9});
  for (const ConvPass pass : kPasses) {
    const Picked picked = pick({.precision = Precision::F32, .time_plans = false}, pass);
    CHECK(picked.name == "10 2=1");
    CHECK(picked.warnings.size() == 1);
  }
}

TEST_CASE("right plans are taken without a word, at each precision") {
  for (const ConvPass pass : kPasses)
    for (const Precision precision : kPrecisions)
      CHECK(pick({.precision = precision}, pass).warnings.empty());
}

TEST_CASE("a plan that is asked for by name is checked") {
  const Wrong wrong({7});
  Cuda on({});
  on.forced_algorithm = "7 2=2";
  const Picked picked = pick(on, ConvPass::BackwardWeights);
  CHECK(picked.name == "8 2=1");
  CHECK(!picked.warnings.empty());
}

TEST_CASE("where all plans compute wrongly there is an error, not a wrong gradient") {
  const Wrong wrong({7, 8, 9, 10});
  CHECK_THROWS_WITH_AS(pick({}, ConvPass::BackwardWeights),
                       doctest::Contains("cuDNN has no plan for it within the rules that computes "
                                         "rightly"),
                       Error);
}

TEST_CASE("what was noted was checked, and is not checked again") {
  Cuda first({}), second({});
  pick(first, ConvPass::Forward);
  second.tuning = first.tuning;
  const int launches = standin::launches();
  CHECK(pick(second, ConvPass::Forward).name == "7 2=2");
  CHECK(standin::launches() == launches);
}

TEST_CASE("a name noted by a version that checked nothing is not trusted") {
  Cuda first({}), second({});
  pick(first, ConvPass::Forward);
  REQUIRE(first.tuning.size() == 1);
  std::string key = first.tuning.begin()->first;
  const std::string checked = ", checked";
  REQUIRE(key.ends_with(checked));
  key.resize(key.size() - checked.size());
  second.tuning[key] = "7 2=2";
  const Wrong wrong({7});
  CHECK(pick(second, ConvPass::Forward).name == "8 2=1");
}
