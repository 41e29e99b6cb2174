// SPDX-License-Identifier: MIT
// Whether a GPU could run every convolution of every preset, found out without one: cuDNN makes
// plans for a device that it knows by its properties only.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "bench/layers.h"
#include "kernels/cuda/cudnn_plans.h"
#include "model/net/presets.h"
#include "tests/support/scratch.h"

using namespace cameo;
using bench::conv_layers;
using bench::ConvLayer;
using bench::joint;
using kernels::Conv2dSpec;
using kernels::ConvPass;
using kernels::cudnn::Notes;
using kernels::cudnn::padded;
using kernels::cudnn::Plan;
using kernels::cudnn::PlanRules;
using kernels::cudnn::Proposals;

namespace {

constexpr std::size_t kAll = 1000;  // more plans than there are for anything

kernels::cudnn::Descriptor h100() {
  std::ifstream in(CAMEO_PLANS "/h100.json");
  return kernels::cudnn::device(std::string(std::istreambuf_iterator<char>(in), {}));
}

Conv2dSpec conv(int batch, int side, int in, int out, int window, int stride) {
  const int after = side / stride;
  return {.x = {batch, side, side, in},
          .w = {out, window, window, in},
          .y = {batch, after, after, out},
          .stride = stride,
          .pad = Pad::same(side, window, stride)};
}

const char* name_of(Precision precision) {
  static constexpr const char* kNames[] = {"f32", "tf32", "bf16"};
  return kNames[static_cast<int>(precision)];
}

/// All that lack a plan within the rules, one a line.
std::string without_plan(const Conv2dSpec& spec, Precision precision) {
  const PlanRules rules{.precision = precision, .deterministic = true};
  std::string missing;
  for (const auto direction :
       {ConvPass::Forward, ConvPass::BackwardData, ConvPass::BackwardWeights}) {
    if (direction == ConvPass::BackwardData && spec.x.c == 8) continue;  // nobody asks for a face's
    const auto plans = Proposals(spec, direction, rules, h100()).take(1);
    if (plans.empty() || plans[0].workspace_bytes() > std::size_t{64} << 20)
      missing += key_of(spec, direction) + ' ' + name_of(precision) + '\n';
  }
  return missing;
}

}  // namespace

TEST_CASE("every convolution of every preset has a deterministic plan on an H100") {
  std::set<std::string> seen;
  for (const Preset& preset : presets())
    for (const int batch : {1, 16, 64})
      for (const ConvLayer& layer : conv_layers(preset.network, joint(batch))) {
        const Conv2dSpec spec = padded(layer.spec);
        if (!seen.insert(key_of(spec, ConvPass::Forward)).second) continue;
        for (const auto precision : {Precision::F32, Precision::Tf32, Precision::Bf16})
          CHECK(without_plan(spec, precision) == "");
      }
  CHECK(seen.size() > 50);
}

TEST_CASE("padded to 8 channels, the layers at both ends need no room for copies of cuDNN's own") {
  for (const Conv2dSpec& spec : {conv(128, 64, 3, 128, 5, 2), conv(64, 64, 64, 3, 5, 1)}) {
    const auto room = [](const Conv2dSpec& of) {
      const PlanRules rules{.precision = Precision::Bf16};
      return Proposals(of, ConvPass::Forward, rules, h100()).take(1).at(0).workspace_bytes();
    };
    CHECK(room(spec) > std::size_t{1} << 20);
    CHECK(room(padded(spec)) < 4096);
  }
}

TEST_CASE("the convolutions tested are those of the model") {
  Exec exec = Cpu();
  for (const Preset& preset : presets()) {
    ParamStore params(exec);
    preset.network.declare(params);
    std::set<std::string> wanted, tested;
    const auto text = [](Shape shape) { return (std::ostringstream() << shape).str(); };
    for (const Param& param : params.table())
      if (param.shape.h > 1) wanted.insert(text(param.shape));
    for (const ConvLayer& layer : conv_layers(preset.network, joint(1)))
      tested.insert(text(layer.spec.w));
    CHECK(tested == wanted);
  }
}

TEST_CASE("strict float32 keeps tensor cores out, and determinism what changes from run to run") {
  const Conv2dSpec spec = conv(32, 32, 128, 256, 5, 2);
  const auto some_plan = [&](Precision precision, bool deterministic, auto has) {
    const PlanRules rules{.precision = precision, .deterministic = deterministic};
    const auto plans = Proposals(spec, ConvPass::BackwardWeights, rules, h100()).take(kAll);
    return std::any_of(plans.begin(), plans.end(), [&](const Plan& p) { return has(p.notes()); });
  };
  const auto any = [](const Notes&) { return true; };
  const auto tensor_cores = [](const Notes& notes) { return notes.tensor_cores; };
  const auto changing = [](const Notes& notes) { return notes.nondeterministic; };
  CHECK(some_plan(Precision::F32, true, any));
  CHECK(!some_plan(Precision::F32, true, tensor_cores));
  CHECK(some_plan(Precision::Tf32, true, tensor_cores));
  CHECK(!some_plan(Precision::Tf32, true, changing));
  CHECK(some_plan(Precision::Tf32, false, changing));
}

TEST_CASE("a plan is found again by its name, and by no other") {
  const Conv2dSpec spec = conv(2, 64, 3, 32, 5, 2);
  const PlanRules rules{.precision = Precision::Bf16};
  const auto plans = Proposals(spec, ConvPass::Forward, rules, h100()).take(8);
  REQUIRE(plans.size() == 8);
  std::set<std::string> names;
  for (const Plan& plan : plans) {
    names.insert(plan.name());
    const auto again = Proposals(spec, ConvPass::Forward, rules, h100()).take(plan.name());
    REQUIRE(again.has_value());
    CHECK(again->workspace_bytes() == plan.workspace_bytes());
  }
  CHECK(names.size() == plans.size());
  CHECK(!Proposals(spec, ConvPass::Forward, rules, h100()).take("none"));
}

TEST_CASE("a plan that wants more workspace than is allowed is not taken") {
  const Conv2dSpec spec = conv(128, 64, 3, 128, 5, 2);
  PlanRules rules{.precision = Precision::Bf16};
  const auto most = [&] {
    std::size_t bytes = 0;
    for (const Plan& plan : Proposals(spec, ConvPass::Forward, rules, h100()).take(kAll))
      bytes = std::max(bytes, plan.workspace_bytes());
    return bytes;
  };
  const std::size_t usual = most();
  REQUIRE(usual > 0);
  rules.most_workspace = usual - 1;
  CHECK(most() < usual);
}

TEST_CASE("cuDNN's own account stands in the error") {
  std::string message = test::message_of([] { kernels::cudnn::device("{}"); });
  CHECK(test::contains(message, "cuDNN: reading a device's properties: CUDNN_STATUS_"));
  message = test::message_of([] {
    Conv2dSpec wrong = conv(2, 8, 4, 4, 3, 1);
    wrong.y.h = 5;
    kernels::cudnn::ConvGraph(wrong, ConvPass::Forward, DType::F32);
  });
  CHECK(test::contains(message, "cuDNN: describing "));
}
