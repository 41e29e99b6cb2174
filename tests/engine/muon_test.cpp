// SPDX-License-Identifier: MIT
#include "engine/muon.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"
#include "engine/ops.h"
#include "engine/train_step.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

namespace cameo::test {
namespace {

using Matrix = std::vector<double>;  // row-major

/// Of the element in this row and column.
std::size_t at(int row, int columns, int column) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
         static_cast<std::size_t>(column);
}

/// a [m,k] times b [k,n].
Matrix product(const Matrix& a, const Matrix& b, int m, int k, int n) {
  Matrix c(at(m, n, 0));
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < k; ++j)
      for (int l = 0; l < n; ++l) c[at(i, n, l)] += a[at(i, k, j)] * b[at(j, n, l)];
  return c;
}

Matrix transposed(const Matrix& a, int rows, int columns) {
  Matrix t(a.size());
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) t[at(j, rows, i)] = a[at(i, columns, j)];
  return t;
}

/// The published loop, on X itself, in doubles.
Matrix newton_schulz(Matrix x, int rows, int columns) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  for (double& v : x) v /= std::sqrt(squares) + 1e-7;
  for (int step = 0; step < 5; ++step) {
    const Matrix a = product(x, transposed(x, rows, columns), rows, columns, rows);
    const Matrix a2 = product(a, a, rows, rows, rows);
    Matrix b(a.size());
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = -4.7750 * a[i] + 2.0315 * a2[i];
    const Matrix bx = product(b, x, rows, rows, columns);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 3.4445 * x[i] + bx[i];
  }
  return x;
}

std::vector<float> noise(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = 2 * random.uniform() - 1;
  return values;
}

struct Case {
  const char* name;
  Shape shape;
};

const Case kCases[] = {
    {"wide", {16, 3, 3, 5}}, {"square", {24, 1, 1, 24}}, {"tall", {50, 1, 1, 18}}};

/// One parameter and its Muon.
struct Bench {
  Bench(Exec& exec, Shape shape, Muon::Options options = {})
      : params(exec), state(exec, {.rate = 1e-3}) {
    params.add("w", shape, Init::GlorotUniform);
    params.allocate();
    params.initialize(7);
    muon = std::make_unique<Muon>(params, state, std::vector{0}, options);
  }
  /// The change of the weights by a step on this gradient.
  std::vector<float> step(Exec& exec, const std::vector<float>& grad) {
    write(exec, params.grad(0), grad);
    std::vector<float> before = params.read(0);
    muon->step();
    const std::vector<float> after = params.read(0);
    for (std::size_t i = 0; i < after.size(); ++i) before[i] = after[i] - before[i];
    return before;
  }

  ParamStore params;
  DeviceAdamState state;
  std::unique_ptr<Muon> muon;
};

}  // namespace

TEST_CASE("Muon's steps are those of the published loop, with its momentum") {
  each_backend([](Exec& exec) {
    for (const Case& c : kCases) {
      CAPTURE(std::string(c.name));
      Bench bench(exec, c.shape, {.rate = 0.5, .momentum = 0.9});
      const int rows = c.shape.n, columns = c.shape.h * c.shape.w * c.shape.c;
      Matrix momentum(static_cast<std::size_t>(c.shape.size()));
      for (int t = 0; t < 3; ++t) {
        write(exec, bench.params.grad(0), noise(c.shape.size(), 10 + static_cast<unsigned>(t)));
        const std::vector<float> grad = read(exec, bench.params.grad(0));  // rounded in bfloat16
        const std::vector<float> change = bench.step(exec, grad);
        Matrix direction(momentum.size());
        for (std::size_t i = 0; i < direction.size(); ++i) {
          momentum[i] = 0.9 * momentum[i] + double{grad[i]};
          direction[i] = double{grad[i]} + 0.9 * momentum[i];
        }
        const Matrix x =
            rows <= columns
                ? newton_schulz(direction, rows, columns)
                : transposed(newton_schulz(transposed(direction, rows, columns), columns, rows),
                             columns, rows);
        const double rate = 0.5 * std::sqrt(std::max(1.0, double{1} * rows / columns));
        double largest = 0;
        for (std::size_t i = 0; i < x.size(); ++i)
          largest = std::max(largest, std::abs(double{change[i]} + rate * x[i]));
        // Rounding of A, 1e-7, is rounding of 3e-4 in singular values, and five iterations multiply
        // the smallest by 480; in bfloat16 it begins at 4e-3.
        CHECK(largest < (bench.params.type() == DType::BF16 ? 0.05 : 3e-3));
      }
    }
  });
}

TEST_CASE("Muon changes every direction of a layer nearly alike, however weak its gradient") {
  each_backend([](Exec& exec) {
    const Shape shape{16, 1, 1, 40};
    Bench bench(exec, shape, {.rate = 1});
    // Rows are orthogonal, and the last a hundredth of the first.
    std::vector<float> grad(static_cast<std::size_t>(shape.size()));
    for (int row = 0; row < 16; ++row)
      grad[at(row, 40, 2 * row)] = static_cast<float>(std::pow(0.01, row / 15.0));
    const std::vector<float> change = bench.step(exec, grad);
    for (int row = 0; row < 16; ++row) {
      CAPTURE(row);
      double squares = 0;
      for (int i = 0; i < 40; ++i) squares += std::pow(double{change[at(row, 40, i)]}, 2);
      CHECK(std::sqrt(squares) > 0.65);
      CHECK(std::sqrt(squares) < 1.25);
    }
  });
}

TEST_CASE("on a CPU that computes in bfloat16, Muon's products stay those of float32") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.name));
    const std::vector<float> grad = noise(c.shape.size(), 4);
    std::vector<std::vector<float>> changes;
    for (const Precision precision : {Precision::F32, Precision::Bf16}) {
      Cpu cpu;
      cpu.precision = precision;
      cpu.forced_algorithm = "none";
      Exec exec = cpu;
      changes.push_back(Bench(exec, c.shape).step(exec, grad));
    }
    CHECK(changes[0] == changes[1]);
  }
}

TEST_CASE("outputs beyond the limit are matrices of their own") {
  each_backend([](Exec& exec) {
    const Shape whole{64, 1, 1, 70}, part{32, 1, 1, 70};
    const std::vector<float> grad = noise(whole.size(), 5);
    Bench divided(exec, whole, {.max_outputs = 40});
    const std::vector<float> change = divided.step(exec, grad);
    for (const std::ptrdiff_t first : {0, 32}) {
      CAPTURE(first);
      Bench alone(exec, part);
      const auto from = grad.begin() + first * 70;
      const std::vector<float> expected = alone.step(exec, {from, from + std::ptrdiff_t{32} * 70});
      double largest = 0;
      for (std::size_t i = 0; i < expected.size(); ++i)
        largest = std::max(largest, std::abs(double{expected[i]} -
                                             change[static_cast<std::size_t>(first) * 70 + i]));
      CHECK(largest < 1e-4);  // of weights near 0.2, whose differences these are
    }
  });
}

TEST_CASE("no gradient, no change: Muon divides by no zero") {
  each_backend([](Exec& exec) {
    Bench bench(exec, {16, 1, 1, 20});
    for (const float change : bench.step(exec, std::vector<float>(320))) CHECK(change == 0);
  });
}

TEST_CASE("Muon's rate follows Adam's and its schedule") {
  Exec exec = Cpu();
  const std::vector<float> grad = noise(400, 3);
  Bench full(exec, {20, 1, 1, 20}), half(exec, {20, 1, 1, 20}), late(exec, {20, 1, 1, 20});
  half.state.write({.rate = 5e-4});
  late.state.write({.rate = 1e-3, .step = 25, .schedule = {.warm_up = 100}});
  const std::vector<float> a = full.step(exec, grad), b = half.step(exec, grad),
                           c = late.step(exec, grad);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(b[i] == doctest::Approx(a[i] / 2).epsilon(1e-3));
    CHECK(c[i] == doctest::Approx(a[i] / 4).epsilon(1e-3));
  }
}

TEST_CASE("training with Muon and Adam goes on bit for bit from saved state, and replays") {
  each_backend([](Exec& exec) {
    const auto steps = [&](ParamStore& params, int first, int last,
                           std::vector<StateTensor>* saved) {
      DeviceAdamState state(exec, {.rate = 1e-2});
      Adam adam(params, state, {params.range("b")});
      Muon muon(params, state, {0}, {.rate = 0.05});
      Graph graph(exec, params, Mode::Training);
      const Value x = graph.input({4, 1, 1, 20}), t = graph.input({4, 1, 1, 20}, false, DType::F32);
      graph.plan({{"loss", mae(dense(x, graph.param("a"), graph.param("b"), {}), t)}});
      if (first > 0) {
        const StateReader reader = [&](const std::string& name, const std::string&,
                                       std::span<std::byte> bytes) {
          for (const StateTensor& tensor : *saved)
            if (tensor.name == name)
              std::copy(tensor.bytes.begin(), tensor.bytes.end(), bytes.begin());
        };
        state.load(reader);
        adam.load(reader);
        muon.load(reader);
      }
      TrainStep step(exec, {{.graph = graph, .optimizers = {&adam, &muon}}});
      for (int i = first; i < last; ++i) {
        write(exec, graph.value(x), noise(80, 100 + static_cast<unsigned>(i)));
        write(exec, graph.value(t), noise(80, 200 + static_cast<unsigned>(i)));
        step.replay();
      }
      saved->clear();
      for (const Stateful* part :
           {static_cast<const Stateful*>(&state), static_cast<const Stateful*>(&adam),
            static_cast<const Stateful*>(&muon)})
        for (StateTensor& tensor : part->save()) saved->push_back(std::move(tensor));
    };
    const auto make = [&] {
      auto params = std::make_unique<ParamStore>(exec);
      params->add("a", {20, 1, 1, 20}, Init::GlorotUniform);
      params->add("b", {1, 1, 1, 20}, Init::Zeros);
      params->allocate();
      params->initialize(1);
      return params;
    };
    const auto through = make(), resumed = make();
    std::vector<StateTensor> saved;
    steps(*through, 0, 6, &saved);
    steps(*resumed, 0, 3, &saved);
    steps(*resumed, 3, 6, &saved);
    for (const int row : {0, 1}) CHECK(through->read(row) == resumed->read(row));
    CHECK(through->read(0) != make()->read(0));
  });
}

TEST_CASE("Muon takes matrices of at least 16 outputs and inputs only, and says so") {
  CHECK(Muon::takes({.name = "w", .shape = {16, 5, 5, 3}}));
  CHECK_FALSE(Muon::takes({.name = "colours", .shape = {3, 5, 5, 64}}));
  CHECK_FALSE(Muon::takes({.name = "bias", .shape = {1, 1, 1, 256}}));
  Exec exec = Cpu();
  CHECK(contains(message_of([&] {
                   Bench bench(exec, {3, 5, 5, 64});
                 }),
                 "Muon: w [3,5,5,64] is no matrix of at least 16 outputs and inputs"));
}

}  // namespace cameo::test
