// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/net/graphs.h"
#include "tests/model/net/weights.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

constexpr const char* kNarrow = "size=32 down=4,8 latent=8 inner=8 up=8 decoder=8,4";

/// Weights of liae, and one face of each side.
struct Subject {
  Exec exec{Cpu{}};
  ParamStore params{exec};
  Network liae = network("liae", kNarrow);
  std::vector<float> faces = numbers(std::int64_t{2} * 32 * 32 * kColours, 3);
  std::vector<float> targets = numbers(std::int64_t{2} * 32 * 32 * kColours, 4);

  Subject() {
    std::get<Cpu>(exec).forced_algorithm = "direct";  // sums in one order, as far as may be
    liae.declare(params);
    params.allocate();
    params.initialize(1);
  }

  std::vector<float> rendered(Side side) {
    const auto drawn = render_graph(exec, params, liae, 2, side, Mode::Inference);
    write(exec, drawn->graph.value(drawn->face), faces);
    drawn->graph.forward();
    return read(exec, drawn->graph.value(drawn->image));
  }

  /// Gradients by name, of zeros where the graph has none; which: which of the two faces, as many
  /// as the graph takes.
  std::map<std::string, std::vector<float>> gradients(TrainingGraph& g, std::size_t which) {
    const auto one = faces.size() / 2;
    const auto floats = static_cast<std::size_t>(g.face.shape().size());
    run(exec, [&](auto& on) {
      on.fill(params.grads({0, params.floats()}).f32(), 0.0F,
              static_cast<std::size_t>(params.floats()));
    });
    write(exec, g.graph.value(g.face), std::span(faces).subspan(which * one, floats));
    write(exec, g.graph.value(g.target), std::span(targets).subspan(which * one, floats));
    g.graph.forward();
    g.graph.backward();
    std::map<std::string, std::vector<float>> all;
    for (std::size_t i = 0; i < params.table().size(); ++i)
      all[params.table()[i].name] = read(exec, params.grad(static_cast<int>(i)));
    return all;
  }
};

bool all_zero(const std::vector<float>& of) {
  return std::all_of(of.begin(), of.end(), [](float x) { return x == 0; });
}

}  // namespace

TEST_CASE("liae has one decoder for both sides, and an inter of A's own") {
  const Network liae = network("liae", kNarrow);
  // dense1 512 -> 8 of the encoder's 8x8x8, dense2 8 -> 2x2x8, an upscale 8 -> 4 * 8.
  const std::int64_t inter = (512 * 8 + 8) + (8 * 32 + 32) + (9 * 8 * 32 + 32);
  CHECK(parameters_of(liae, "inter_ab.") == inter);
  CHECK(parameters_of(liae, "inter_a.") == inter);
  CHECK(parameters_of(liae, "decoder.") ==
        parameters_of(network("df", "size=32 down=4,8 latent=8 inner=16 up=16 decoder=8,4"),
                      "decoder_a."));
  CHECK(liae.parameters() ==
        parameters_of(liae, "encoder.") + 2 * inter + parameters_of(liae, "decoder."));
}

TEST_CASE("liae renders B by inter_ab alone, A by inter_a as well") {
  Subject subject;
  const auto a = subject.rendered(Side::A), b = subject.rendered(Side::B);
  const auto change = [&](const char* name) {
    const int row = subject.params.find(name);
    std::vector<float> w = subject.params.read(row);
    for (float& x : w) x *= 2;
    subject.params.write(row, w.data());
  };
  change("inter_a.dense2.weight");
  CHECK(largest_difference(subject.rendered(Side::A), a) > 1e-4);
  CHECK(subject.rendered(Side::B) == b);
  change("inter_ab.dense2.weight");
  CHECK(largest_difference(subject.rendered(Side::B), b) > 1e-4);
}

TEST_CASE(
    "all that puts B into A's frames has learned from A's faces, and the joint graph of liae "
    "trains both sides as the graphs of each side do") {
  Subject subject;
  const auto joint = joint_graph(subject.exec, subject.params, subject.liae, {}, 1);
  const auto wanted = subject.gradients(*joint, 0);
  const auto side_a = side_graph(subject.exec, subject.params, subject.liae, {}, 1, Side::A);
  const auto side_b = side_graph(subject.exec, subject.params, subject.liae, {}, 1, Side::B);
  const auto by_a = subject.gradients(*side_a, 0), by_b = subject.gradients(*side_b, 1);
  for (const auto& [name, gradient] : wanted) {
    CAPTURE(name);
    CHECK_FALSE(all_zero(by_a.at(name)));
    CHECK(all_zero(by_b.at(name)) == name.starts_with("inter_a."));
    std::vector<float> sum = by_a.at(name);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += by_b.at(name)[i];
    CHECK(largest_difference(gradient, sum) <= 1e-6);
  }
}

TEST_CASE("liae trains in both modes, also where both decoders shall begin alike") {
  for (const TrainMode mode : {TrainMode::Joint, TrainMode::Alternate}) {
    CAPTURE(std::string(name_of(mode)));
    Exec exec = Cpu();
    const Network liae = network("liae", std::string(kNarrow) + " norm=1 mask=4");
    PatternLesson lesson(exec, liae, mode);
    const Learner::Losses losses = lesson.train(60);
    CHECK(losses.a < 0.8);
    CHECK(losses.b < 0.8);
    const Recipe alike{.batch = 1, .shared_init = true};
    Learner(exec, {liae, alike, mode}).initialize(1);
  }
}

}  // namespace cameo::test
