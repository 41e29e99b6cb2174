// SPDX-License-Identifier: MIT
#include "model/net/autoencoder.h"

#include <cmath>

#include <doctest/doctest.h>

#include "base/error.h"
#include "model/net/graphs.h"
#include "model/net/presets.h"
#include "tests/support/op_case.h"

namespace cameo::test {
namespace {

/// All layers of the network, few channels.
AutoencoderSettings narrow() {
  return {
      .size = 32, .down = {4, 4, 8, 8}, .latent = 8, .inner = 8, .up = {8, 8}, .decoder = {4, 4}};
}

std::int64_t parameters_of(const char* name, const std::string& prefix = "") {
  Exec exec = Cpu();
  ParamStore params(exec);
  preset(name).network.declare(params);
  std::int64_t sum = 0;
  for (const Param& p : params.table())
    if (p.name.starts_with(prefix)) sum += p.shape.size();
  return sum;
}

}  // namespace

TEST_CASE("the presets have the parameters they should") {
  CHECK(parameters_of("original") == 82062470);
  CHECK(parameters_of("original", "encoder.") == 69662976);
  CHECK(parameters_of("original", "decoder_a.") == 6199747);
  CHECK(parameters_of("original", "decoder_b.") == 6199747);
  CHECK(parameters_of("original", "encoder.down1.") == 9728);
  CHECK(parameters_of("original", "encoder.dense1.") == 16778240);
  CHECK(parameters_of("original", "encoder.up.") == 18876416);
  CHECK(parameters_of("original", "decoder_b.out.") == 4803);
  CHECK(parameters_of("original", "encoder.up2.") == 0);
  CHECK(parameters_of("lowmem") == 60565126);
  CHECK(parameters_of("lowmem", "encoder.") == 48165632);
  CHECK(parameters_of("light") == 4992134);
  CHECK(parameters_of("light", "encoder.up2.") == 3 * 3 * 128 * 256 + 256);
  CHECK(parameters_of("light", "decoder_b.up1.") == 3 * 3 * 64 * 192 + 192);
}

TEST_CASE("a preset that does not exist is refused with the names of those that do") {
  try {
    preset("Original");
    FAIL("taken");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::Usage);
    CHECK(std::string(e.what()).find("original, lowmem, light") != std::string::npos);
  }
}

TEST_CASE("the joint graph trains both sides as the graphs of each side do") {
  Exec exec = Cpu();
  const Network network = autoencoder(narrow());
  std::get<Cpu>(exec).forced_algorithm =
      "direct";  // the same sums in the same order, as far as may be
  ParamStore params(exec);
  network.declare(params);
  params.allocate();
  params.initialize(1);
  const int batch = 2;
  const auto joint = joint_graph(exec, params, network, {}, batch);
  const Shape one{batch, 32, 32, 3};
  const auto half = static_cast<std::size_t>(one.size());
  auto faces = numbers(2 * one.size(), 5), targets = numbers(2 * one.size(), 6);
  for (auto* block : {&faces, &targets})
    for (float& x : *block) x = std::abs(x);
  write(exec, joint->graph.value(joint->face), faces);
  write(exec, joint->graph.value(joint->target), targets);
  joint->graph.forward();
  joint->graph.backward();
  std::vector<std::vector<float>> grads;
  for (std::size_t i = 0; i < params.table().size(); ++i)
    grads.push_back(read(exec, params.grad(static_cast<int>(i))));

  std::vector<std::vector<float>> sums(grads.size());
  for (const Side side : {Side::A, Side::B}) {
    const auto alone = side_graph(exec, params, network, {}, batch, side);
    const std::size_t at = side == Side::A ? 0 : half;
    write(exec, alone->graph.value(alone->face), std::span(faces).subspan(at, half));
    write(exec, alone->graph.value(alone->target), std::span(targets).subspan(at, half));
    alone->graph.forward();
    alone->graph.backward();
    const char* loss = side == Side::A ? "a" : "b";
    CHECK(read(exec, alone->graph.loss(loss))[0] ==
          doctest::Approx(read(exec, joint->graph.loss(loss))[0]).epsilon(1e-6));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::string& name = params.table()[i].name;
      if (!name.starts_with("encoder.") && !name.starts_with(network.prefix(side))) continue;
      const auto g = read(exec, params.grad(static_cast<int>(i)));
      sums[i].resize(g.size());
      for (std::size_t k = 0; k < g.size(); ++k) sums[i][k] += g[k];
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    INFO(params.table()[i].name);
    CHECK(largest_difference(grads[i], sums[i]) <= 1e-6);
  }
}

TEST_CASE("the gradient of the whole network agrees with differences of its loss") {
  Exec exec = Cpu();
  const Network network = autoencoder(narrow());
  ParamStore params(exec);
  network.declare(params);
  params.allocate();
  params.initialize(2);
  const auto g = joint_graph(exec, params, network, {}, 1);
  auto faces = numbers(g->face.shape().size(), 5), targets = numbers(g->face.shape().size(), 6);
  write(exec, g->graph.value(g->face), faces);
  write(exec, g->graph.value(g->target), targets);
  const auto loss = [&] {
    g->graph.forward();
    return double{read(exec, g->graph.loss("a"))[0]} + double{read(exec, g->graph.loss("b"))[0]};
  };
  loss();
  g->graph.backward();
  // Along the gradient itself the loss must change by its squared length, to first order.
  double squared = 0;
  std::vector<std::vector<float>> grads;
  for (std::size_t i = 0; i < params.table().size(); ++i) {
    grads.push_back(read(exec, params.grad(static_cast<int>(i))));
    for (const float x : grads.back()) squared += double{x} * x;
  }
  const auto moved = [&](double by) {
    for (std::size_t i = 0; i < grads.size(); ++i) {
      auto w = read(exec, params.weight(static_cast<int>(i)));
      for (std::size_t k = 0; k < w.size(); ++k) w[k] += static_cast<float>(by * grads[i][k]);
      write(exec, params.weight(static_cast<int>(i)), w);
    }
  };
  const double by = 2e-3 / std::sqrt(squared);
  moved(by);
  const double up = loss();
  moved(-2 * by);
  const double down = loss();
  CHECK((up - down) / (2 * by) == doctest::Approx(squared).epsilon(0.02));
}

TEST_CASE("a size that the layers cannot halve, or too few upscales, are refused") {
  AutoencoderSettings odd = narrow(), flat = narrow();
  odd.size = 40;
  flat.up = {8};
  CHECK_THROWS_AS(autoencoder(odd), Error);
  CHECK_THROWS_AS(autoencoder(flat), Error);
}

}  // namespace cameo::test
