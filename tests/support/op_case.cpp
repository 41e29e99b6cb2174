// SPDX-License-Identifier: MIT
#include "tests/support/op_case.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "engine/floats.h"
#include "engine/safetensors.h"

namespace cameo::test {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// The op in a graph of its own, with leaves that take gradients, planned and filled.
struct Bench {
  Bench(const OpCase& op, Exec& on) : exec(on), params(on), graph(on, params) {
    params.allocate();
    for (const Shape s : op.wants) leaves.push_back(graph.input(s, true));
    for (const Shape s : op.fixed) leaves.push_back(graph.input(s));
    out = op.build(leaves);
    graph.plan({out});
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const float away = i == 0 ? op.away : i < op.wants.size() ? 0 : op.fixed_away;
      fill(graph.value(leaves[i]), numbers(leaves[i].shape().size(), 100 + i, away));
    }
    seed = numbers(out.shape().size(), 99);
  }

  void fill(View view, std::span<const float> data) { write(exec, view, data); }
  std::vector<float> get(ConstView view) { return read(exec, view); }
  std::vector<float> grad(std::size_t leaf) { return get(graph.grad(leaves[leaf])); }

  /// Forward and backward from `seed`, gradients poisoned before.
  void run(std::size_t wants) {
    for (std::size_t i = 0; i < wants; ++i) {
      const View g = graph.grad(leaves[i]);
      fill(g, std::vector<float>(static_cast<std::size_t>(g.shape.size()), kNan));
    }
    graph.forward();
    fill(graph.grad(out), seed);
    graph.backward(RootGrad::Filled);
  }

  /// dot(seed, out) after a forward.
  double objective() {
    graph.forward();
    const std::vector<float> y = get(graph.value(out));
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += double{y[i]} * seed[i];
    return sum;
  }

  Exec& exec;
  ParamStore params;
  Graph graph;
  std::vector<Value> leaves;
  Value out;
  std::vector<float> seed;
};

/// Largest error of leaf `i`'s gradient against central differences, relative to its largest.
double gradient_error(Bench& bench, std::size_t i, float step) {
  const std::vector<float> got = bench.grad(i);
  const View at = bench.graph.value(bench.leaves[i]);
  std::vector<float> x = bench.get(at);
  double largest = 0, error = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const float kept = x[k];
    const auto moved = [&](float to) {
      x[k] = to;
      bench.fill(at, x);
      return bench.objective();
    };
    const double up = moved(kept + step), down = moved(kept - step);
    moved(kept);
    const double want = (up - down) / (double{kept + step} - double{kept - step});
    largest = std::max(largest, std::abs(want));
    const double off = std::abs(want - got[k]);
    error = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(error, off);
  }
  return error / std::max(largest, 1e-12);
}

std::vector<float> golden_tensor(const SafetensorsFile& file, const std::string& name) {
  const auto& entry = file.entry(name);
  std::vector<float> data((entry.end - entry.begin) / sizeof(float));
  file.read(name, "F32", std::as_writable_bytes(std::span(data)));
  return data;
}

/// PyTorch's outputs and gradients for PyTorch's inputs.
void check_golden(const OpCase& op, Exec& exec) {
  const SafetensorsFile file(std::string(CAMEO_GOLDEN) + "/ops/" + op.golden);
  Bench bench(op, exec);
  for (std::size_t i = 0; i < bench.leaves.size(); ++i)
    bench.fill(bench.graph.value(bench.leaves[i]), golden_tensor(file, "in" + std::to_string(i)));
  bench.seed = golden_tensor(file, "dout");
  bench.run(op.wants.size());
  const auto out = bench.get(bench.graph.value(bench.out));
  CHECK(largest_difference(out, golden_tensor(file, "out")) <= op.golden_tolerance);
  for (std::size_t i = 0; i < op.wants.size(); ++i) {
    INFO("gradient of leaf ", i);
    CHECK(largest_difference(bench.grad(i), golden_tensor(file, "d" + std::to_string(i))) <=
          op.golden_tolerance);
  }
}

}  // namespace

std::vector<float> numbers(std::int64_t count, std::uint64_t seed, float away) {
  Random random(seed);
  std::vector<float> out(static_cast<std::size_t>(count));
  for (float& x : out) {
    const float size = away + random.uniform();
    x = random.below(2) == 0 ? size : -size;
  }
  return out;
}

std::vector<float> read(Exec& exec, ConstView view) {
  return read_floats(exec, view);
}

void write(Exec& exec, View view, std::span<const float> data) {
  check(static_cast<std::int64_t>(data.size()) == view.shape.size(), "test: ", data.size(),
        " numbers for ", view.shape);
  write_floats(exec, view, data.data());
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = std::abs(double{a[i]} - b[i]);
    if (std::isnan(off)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, off);
  }
  return largest;
}

void check_op(const OpCase& op, Exec& exec) {
  INFO("op: ", op.name);
  Bench bench(op, exec);
  CHECK(bench.out.shape() == op.out);

  bench.run(op.wants.size());
  const std::vector<float> first_out = bench.get(bench.graph.value(bench.out));
  std::vector<std::vector<float>> first;
  for (std::size_t i = 0; i < op.wants.size(); ++i) first.push_back(bench.grad(i));
  for (std::size_t i = 0; i < op.wants.size(); ++i) {
    INFO("gradient of leaf ", i);
    CHECK(gradient_error(bench, i, op.step) <= op.tolerance);
  }

  // Replayed: the same bits, and nothing piles up from run to run.
  const auto recording =
      run(exec, [&](auto& on) { return on.record([&] { bench.run(op.wants.size()); }); });
  for (int again = 0; again < 2; ++again) {
    recording->replay();
    CHECK(bench.get(bench.graph.value(bench.out)) == first_out);
    for (std::size_t i = 0; i < op.wants.size(); ++i) CHECK(bench.grad(i) == first[i]);
  }
  CHECK(bench.graph.guards_intact());
  if (!op.golden.empty()) check_golden(op, exec);
}

void check_op(const OpCase& op) {
  Exec exec = Cpu();
  check_op(op, exec);
}

}  // namespace cameo::test
