// SPDX-License-Identifier: MIT
#include "tests/support/op_case.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "engine/floats.h"
#include "engine/safetensors.h"
#include "kernels/bf16.h"

namespace cameo::test {
namespace {

using Floats = std::vector<float>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Reads a value a second time. In backward it comes before the op, which then must add to the
/// gradient that it finds.
class SecondReader final : public Node {
 public:
  std::string_view name() const override { return "test::SecondReader"; }
  void forward(Exec&, const Io&) override {}
  void backward(Exec& exec, const Io& io) override {
    check(io.din[0].write == Write::Set, "test: the op under test was the first to write");
    write_floats(exec, io.din[0].view, read_floats(exec, io.dout).data());
  }
};

/// How a graph of the op is built.
struct Setup {
  std::optional<std::size_t> without;  ///< the leaf that wants no gradient
  bool add = false;                    ///< whether the op's gradients are added to others
  bool round = false;                  ///< whether all elements are such as bfloat16 holds
};

/// The op in a graph of its own, with leaves that take gradients, planned and filled.
struct Bench {
  Bench(const OpCase& op, Exec& on, Setup how = {})
      : exec(on), setup(how), params(on), graph(on, params) {
    params.allocate();
    for (std::size_t i = 0; i < op.wants.size(); ++i)
      leaves.push_back(graph.input(op.wants[i], i != how.without));
    for (const Shape s : op.fixed) leaves.push_back(graph.input(s, false, DType::F32));
    out = op.build(leaves);
    std::vector<Value> roots{out};
    for (std::size_t i = 0; how.add && i < op.wants.size(); ++i)
      roots.push_back(graph.add_node<SecondReader>({leaves[i]}, op.wants[i]));
    readers.assign(roots.begin() + 1, roots.end());
    graph.plan(roots);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const float away = i == 0 ? op.away : i < op.wants.size() ? 0 : op.fixed_away;
      fill(graph.value(leaves[i]), numbers(leaves[i].shape().size(), 100 + i, away));
    }
    seed = numbers(out.shape().size(), 99);
  }

  void fill(View view, Floats data) {
    if (setup.round)
      for (float& x : data) x = to_float(from_float<Bf16>(x));
    write(exec, view, data);
  }
  Floats get(ConstView view) { return read(exec, view); }
  Floats output() { return get(graph.value(out)); }
  bool has_grad(std::size_t leaf) const { return graph.wants_grad(leaves[leaf]); }
  Floats grad(std::size_t leaf) { return get(graph.grad(leaves[leaf])); }

  /// Poisons the leaves' gradients and fills those that backward starts from.
  void prepare() {
    for (const Value leaf : leaves) {
      if (graph.wants_grad(leaf))
        fill(graph.grad(leaf), Floats(static_cast<std::size_t>(leaf.shape().size()), kNan));
    }
    fill(graph.grad(out), seed);
    for (std::size_t i = 0; i < readers.size(); ++i)
      fill(graph.grad(readers[i]), numbers(readers[i].shape().size(), 200 + i));
  }
  void step() {
    graph.forward();
    graph.backward(RootGrad::Filled);
  }
  void run() {
    prepare();
    step();
  }

  /// dot(seed, out) after a forward.
  double objective() {
    graph.forward();
    const Floats y = output();
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += double{y[i]} * seed[i];
    return sum;
  }

  Exec& exec;
  Setup setup;
  ParamStore params;
  Graph graph;
  std::vector<Value> leaves, readers;
  Value out;
  Floats seed;
};

/// What a backend promises.
struct Promise {
  bool bf16 = false, host = true;
  double tolerance = 1e-5;  ///< of a sum in another order, relative to the largest
  /// Elements of a leaf whose gradient is compared with a difference; emulated threads take long.
  std::size_t probes = std::numeric_limits<std::size_t>::max();
};

Promise promise_of(Exec& exec) {
  const auto* const cpu = std::get_if<Cpu>(&exec);
  const bool host = cpu != nullptr;
  const bool bf16 = host ? cpu->precision == Precision::Bf16
                         : run(exec, [](auto& on) { return on.compute_dtype(); }) == DType::BF16;
  Promise promise{.bf16 = bf16, .host = host};
  if (bf16) promise.tolerance = 2e-2;
  if (!host) promise.probes = 12;
  return promise;
}

float largest_of(const Floats& a) {
  float largest = 1e-12F;
  for (const float x : a) largest = std::max(largest, std::abs(x));
  return largest;
}

/// The largest |a - truth|, relative to the largest |truth|.
double relative_difference(const Floats& a, const Floats& truth) {
  return largest_difference(a, truth) / static_cast<double>(largest_of(truth));
}

/// Largest error of leaf `i`'s gradient against central differences, relative to its largest.
double gradient_error(Bench& bench, std::size_t i, float step, std::size_t probes) {
  const Floats got = bench.grad(i);
  const View at = bench.graph.value(bench.leaves[i]);
  Floats x = bench.get(at);
  const std::size_t stride = (x.size() + probes - 1) / std::min(probes, x.size());
  double error = 0;
  float largest = largest_of(got);
  for (std::size_t k = 0; k < x.size(); k += std::max<std::size_t>(1, stride)) {
    const float kept = x[k];
    const auto moved = [&](float to) {
      x[k] = to;
      bench.fill(at, x);
      return bench.objective();
    };
    const double up = moved(kept + step), down = moved(kept - step);
    x[k] = kept;
    const double want = (up - down) / (double{kept + step} - double{kept - step});
    largest = std::max(largest, static_cast<float>(std::abs(want)));
    const double off = std::abs(want - got[k]);
    error = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(error, off);
  }
  bench.fill(at, x);
  return error / static_cast<double>(largest);
}

Floats golden_tensor(const SafetensorsFile& file, const std::string& name) {
  const auto& entry = file.entry(name);
  Floats data((entry.end - entry.begin) / sizeof(float));
  file.read(name, "F32", std::as_writable_bytes(std::span(data)));
  return data;
}

/// PyTorch's outputs and gradients for PyTorch's inputs.
void check_golden(const OpCase& op, Exec& exec) {
  const std::string name = std::string(CAMEO_GOLDEN) + "/ops/" + op.golden;
  CHECK_MESSAGE(std::filesystem::exists(name), "tests/golden/ops/make.py writes ", name);
  const SafetensorsFile file(name);
  Bench bench(op, exec);
  for (std::size_t i = 0; i < bench.leaves.size(); ++i)
    bench.fill(bench.graph.value(bench.leaves[i]), golden_tensor(file, "in" + std::to_string(i)));
  bench.seed = golden_tensor(file, "dout");
  bench.run();
  CHECK(largest_difference(bench.output(), golden_tensor(file, "out")) <= op.golden_tolerance);
  for (std::size_t i = 0; i < op.wants.size(); ++i) {
    INFO("gradient of leaf ", i);
    CHECK(largest_difference(bench.grad(i), golden_tensor(file, "d" + std::to_string(i))) <=
          op.golden_tolerance);
  }
}

/// The same graph on the CPU, by the first algorithm it has.
void check_against_cpu(const OpCase& op, Bench& there, const Promise& promise) {
  Cpu cpu;
  cpu.forced_algorithm = "none";
  Exec exec = cpu;
  Bench here(op, exec, there.setup);
  here.run();
  CHECK(relative_difference(there.output(), here.output()) <= promise.tolerance);
  for (std::size_t i = 0; i < op.wants.size(); ++i) {
    INFO("gradient of leaf ", i);
    CHECK(relative_difference(there.grad(i), here.grad(i)) <= promise.tolerance);
  }
}

/// Replayed: the same bits, and nothing piles up from run to run.
void check_replay(Bench& bench) {
  bench.run();
  const Floats out = bench.output();
  std::vector<Floats> grads;
  for (std::size_t i = 0; i < bench.leaves.size(); ++i)
    grads.push_back(bench.has_grad(i) ? bench.grad(i) : Floats{});
  const auto recording =
      run(bench.exec, [&](auto& on) { return on.record([&] { bench.step(); }); });
  for (int again = 0; again < 2; ++again) {
    bench.prepare();
    recording->replay();
    CHECK(bench.output() == out);
    for (std::size_t i = 0; i < grads.size(); ++i)
      if (bench.has_grad(i)) CHECK(bench.grad(i) == grads[i]);
  }
}

/// A gradient that is added equals what was there and the one that is set.
void check_added(const OpCase& op, Bench& set, const Promise& promise) {
  Bench added(op, set.exec, {.add = true, .round = set.setup.round});
  added.run();
  for (std::size_t i = 0; i < op.wants.size(); ++i) {
    INFO("added gradient of leaf ", i);
    Floats sum = added.get(added.graph.grad(added.readers[i]));
    const Floats alone = set.grad(i);
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += alone[k];
    CHECK(relative_difference(added.grad(i), sum) <= promise.tolerance);
  }
  CHECK(added.graph.guards_intact());
}

/// Where one leaf wants no gradient, the others' are what they were.
void check_unwanted(const OpCase& op, Bench& all, const Promise& promise) {
  for (std::size_t without = 0; op.wants.size() > 1 && without < op.wants.size(); ++without) {
    INFO("leaf ", without, " wants no gradient");
    Bench fewer(op, all.exec, {.without = without, .round = all.setup.round});
    fewer.run();
    CHECK(relative_difference(fewer.output(), all.output()) <= promise.tolerance);
    for (std::size_t i = 0; i < op.wants.size(); ++i)
      if (i != without) CHECK(relative_difference(fewer.grad(i), all.grad(i)) <= promise.tolerance);
    CHECK(fewer.graph.guards_intact());
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
        " elements for ", view.shape);
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
  const Promise promise = promise_of(exec);
  INFO("backend: ", promise.host ? "CPU, " : "GPU, ", promise.bf16 ? "bfloat16" : "float32");
  Bench bench(op, exec, {.round = promise.bf16});
  CHECK(bench.out.shape() == op.out);
  check_replay(bench);
  check_added(op, bench, promise);
  check_unwanted(op, bench, promise);
  if (!promise.host || promise.bf16) check_against_cpu(op, bench, promise);
  for (std::size_t i = 0; !promise.bf16 && i < op.wants.size(); ++i) {
    INFO("gradient of leaf ", i);
    CHECK(gradient_error(bench, i, op.step, promise.probes) <= op.tolerance);
  }
  CHECK(bench.graph.guards_intact());
  if (!promise.bf16 && !op.golden.empty()) check_golden(op, exec);
}

}  // namespace cameo::test
