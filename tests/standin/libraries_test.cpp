// SPDX-License-Identifier: MIT
// Convolutions and dense layers as the backend asks cuDNN and cuBLASLt for them: the right numbers,
// the right one of the ways offered, within the workspace asked for.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "cublasLt.h"
#include "kernels/conv2d.h"
#include "kernels/dense.h"
#include "tests/standin/backends.h"
#include "tests/support/op_case.h"
#include "tests/support/scratch.h"

using namespace cameo;
using kernels::Conv2dSpec;
using kernels::DenseSpec;
using test::contains;

namespace {

using Floats = std::vector<float>;

/// An array on the context, of `shape` and type, holding `values`.
class Array {
 public:
  Array(Exec& exec, Shape shape, DType dtype, const Floats& values)
      : exec_(exec), view_{nullptr, shape, dtype} {
    memory_ = run(exec, [&](auto& on) { return on.allocate(view_.bytes()); });
    view_.data = memory_.get();
    test::write(exec, view_, values);
  }
  View view() const { return view_; }
  Floats read() const { return test::read(exec_, view_); }

 private:
  Exec& exec_;
  Memory memory_;
  View view_;
};

/// What all passes of a layer yield, one array after the other.
using Results = std::vector<Floats>;

struct Wish {
  Write dx = Write::Set, dw = Write::Set, db = Write::Set;
};

Array make(Exec& exec, Shape shape, DType dtype, std::uint64_t seed) {
  return {exec, shape, dtype, test::numbers(shape.size(), seed)};
}

Memory room(Exec& exec, std::size_t bytes) {
  return run(exec, [&](auto& on) { return on.allocate(bytes); });
}

Results run_conv(Exec& exec, const Conv2dSpec& spec, DType dtype, Wish wish = {}) {
  const auto op = run(exec, [&](auto& on) { return kernels::make_conv2d(on, spec); });
  const Memory scratch = room(exec, op->scratch_bytes());
  const Array x = make(exec, spec.x, dtype, 1), w = make(exec, spec.w, dtype, 2),
              dy = make(exec, spec.y, dtype, 3), y = make(exec, spec.y, dtype, 4),
              dx = make(exec, spec.x, dtype, 5), dw = make(exec, spec.w, dtype, 6);
  op->forward(x.view(), w.view(), y.view(), {scratch.get()});
  op->backward(x.view(), w.view(), dy.view(), {dx.view(), wish.dx}, {dw.view(), wish.dw},
               {scratch.get()});
  return {y.read(), dx.read(), dw.read()};
}

Results run_dense(Exec& exec, const DenseSpec& spec, DType dtype, Wish wish = {}) {
  const auto op = run(exec, [&](auto& on) { return kernels::make_dense(on, spec); });
  const Memory scratch = room(exec, op->scratch_bytes());
  const Shape in{spec.n, 1, 1, spec.in}, out{spec.n, 1, 1, spec.out},
      weights{spec.out, 1, 1, spec.in}, biases{1, 1, 1, spec.out};
  const Array x = make(exec, in, dtype, 1), w = make(exec, weights, dtype, 2),
              b = make(exec, biases, dtype, 3), dy = make(exec, out, dtype, 4),
              y = make(exec, out, dtype, 5), dx = make(exec, in, dtype, 6),
              dw = make(exec, weights, dtype, 7), db = make(exec, biases, dtype, 8);
  op->forward(x.view(), w.view(), b.view(), y.view(), {scratch.get()});
  op->backward(x.view(), w.view(), dy.view(), {dx.view(), wish.dx}, {dw.view(), wish.dw},
               {db.view(), wish.db}, {scratch.get()});
  return {y.read(), dx.read(), dw.read(), db.read()};
}

/// The largest difference of all arrays, relative to the largest number of each.
double distance(const Results& a, const Results& b) {
  double most = 0;
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    float largest = 0;
    for (const float x : b[i]) largest = std::max(largest, std::abs(x));
    most = std::max(most, test::largest_difference(a[i], b[i]) / largest);
  }
  return most;
}

/// Odd sizes, and the padding that is not the same on both sides.
Conv2dSpec odd_conv(int in = 3, int out = 5) {
  return {.x = {2, 6, 8, in},
          .w = {out, 5, 5, in},
          .y = {2, 3, 4, out},
          .stride = 2,
          .pad = Pad::same(8, 5, 2)};
}

constexpr DenseSpec kDense{.n = 3, .in = 7, .out = 5};

DType type_of(Precision precision) {
  return precision == Precision::Bf16 ? DType::BF16 : DType::F32;
}

double tolerance(Precision precision) {
  return precision == Precision::F32 ? 1e-6 : precision == Precision::Tf32 ? 2e-3 : 2e-2;
}

constexpr Wish kWishes[] = {{},
                            {Write::Add, Write::Set, Write::Add},
                            {Write::Set, Write::Add, Write::Set},
                            {Write::Add, Write::Add, Write::Add}};

constexpr Precision kPrecisions[] = {Precision::F32, Precision::Tf32, Precision::Bf16};

Exec gpu(const CudaOptions& options) {
  return Cuda(options);
}

/// The plans that the context has noted, key and name in one text.
std::string tuning(const Exec& exec) {
  std::string text;
  for (const auto& [key, name] : std::get<Cuda>(exec).tuning)
    text.append(key).append(": ").append(name).append("\n");
  return text;
}

}  // namespace

TEST_CASE("a convolution is the CPU's at each precision, set or added to") {
  Exec cpu = test::on_cpu();
  for (const Precision precision : kPrecisions)
    for (const Wish& wish : kWishes)
      // Channels that are padded, on either side or both, and such as need it not.
      for (const Conv2dSpec& spec :
           {odd_conv(3, 5), odd_conv(8, 5), odd_conv(3, 16), odd_conv(8, 16)}) {
        Exec exec = test::on_gpu(precision);
        const Results there = run_conv(exec, spec, type_of(precision), wish);
        CHECK(distance(there, run_conv(cpu, spec, DType::F32, wish)) < tolerance(precision));
      }
}

TEST_CASE("a dense layer is the CPU's at each precision, set or added to, for one sample or more") {
  Exec cpu = test::on_cpu();
  for (const int samples : {1, 3})
    for (const Precision precision : kPrecisions)
      for (const Wish& wish : kWishes) {
        const DenseSpec spec{.n = samples, .in = kDense.in, .out = kDense.out};
        Exec exec = test::on_gpu(precision);
        const Results there = run_dense(exec, spec, type_of(precision), wish);
        CHECK(distance(there, run_dense(cpu, spec, DType::F32, wish)) < tolerance(precision));
      }
}

TEST_CASE("where cuBLASLt has no epilogues, our own kernels see to the bias") {
  Exec cpu = test::on_cpu(), exec = test::on_gpu();
  standin::cublas_lt_epilogues() = false;
  const Results plain = run_dense(exec, kDense, DType::F32);
  standin::cublas_lt_epilogues() = true;
  CHECK(distance(plain, run_dense(cpu, kDense, DType::F32)) < 1e-6);
  CHECK(contains(tuning(exec), ", plain: "));
}

TEST_CASE("the fastest plan is taken of those that the precision and determinism allow") {
  const auto chosen = [](const CudaOptions& options) {
    Exec exec = gpu(options);
    run_conv(exec, odd_conv(), type_of(options.precision));
    return tuning(exec);
  };
  CHECK(contains(chosen({.precision = Precision::Tf32}), "tf32 deterministic, Stand-in, cuDNN"));
  CHECK(contains(chosen({.precision = Precision::Tf32}), ": 7 2=2\n"));
  CHECK(contains(chosen({.precision = Precision::Bf16}), ": 7 2=2\n"));
  CHECK(contains(chosen({.precision = Precision::F32}), ": 10 2=1\n"));
  CHECK(contains(chosen({.precision = Precision::Tf32, .deterministic = false}), ": 6 2=1\n"));
  const CudaOptions untimed{.precision = Precision::Tf32, .time_plans = false};
  CHECK(contains(chosen(untimed), ": 7 2=1\n"));
}

TEST_CASE("the fastest algorithm of a product is taken, splitting sums if that is faster") {
  Exec timed = gpu({}), untimed = gpu({.time_plans = false});
  run_dense(timed, kDense, DType::F32);
  run_dense(untimed, kDense, DType::F32);
  CHECK(contains(tuning(timed), "dense forward 3x7 to 5 tf32 deterministic, Stand-in, cuBLASLt"));
  CHECK(contains(tuning(timed), ": 66 0 0 4 0 0 0 0 0\n"));
  CHECK(contains(tuning(untimed), ": 66 0 0 1 0 0 0 0 0\n"));
}

TEST_CASE("what was timed once is known from the file, and from a table handed on") {
  const test::Scratch folder;
  const auto with_cache = [&](const CudaOptions& options) {
    Exec exec = gpu(options);
    std::get<Cuda>(exec).cache = AlgorithmCache(folder / "algorithms.txt");
    return exec;
  };
  Exec first = with_cache({});
  run_conv(first, odd_conv(), DType::F32);
  const std::string chosen = tuning(first);

  Exec second = with_cache({.time_plans = false}), third = gpu({.time_plans = false});
  run_conv(second, odd_conv(), DType::F32);
  CHECK(tuning(second) == chosen);
  std::get<Cuda>(third).tuning = std::get<Cuda>(first).tuning;
  run_conv(third, odd_conv(), DType::F32);
  CHECK(tuning(third) == chosen);

  Exec strict = with_cache({.precision = Precision::F32});
  run_conv(strict, odd_conv(), DType::F32);
  CHECK(!contains(tuning(strict), ": 7 "));
}

TEST_CASE("an estimate of scratch times nothing, notes nothing and allocates nothing") {
  Exec exec = gpu({.precision = Precision::Tf32});
  Cuda& on = std::get<Cuda>(exec);
  const std::size_t free = on.memory_budget();
  const int launches = standin::launches();
  CHECK(kernels::estimate_conv2d_scratch(on, odd_conv()) > 0);
  CHECK(kernels::estimate_dense_scratch(on, kDense) > 0);
  CHECK(on.memory_budget() == free);
  CHECK(standin::launches() == launches);
  CHECK(on.tuning.empty());
}

TEST_CASE("a name that is no plan's, or no longer one, is chosen anew") {
  Exec exec = gpu({.precision = Precision::Tf32});
  run_conv(exec, odd_conv(), DType::F32);
  const std::string chosen = tuning(exec);
  for (const char* name : {"none", "5 2=1", "4 2=1", "1 2=1", ""}) {
    Exec other = gpu({.precision = Precision::Tf32});
    for (const auto& [key, way] : std::get<Cuda>(exec).tuning)
      std::get<Cuda>(other).tuning[key] = name;
    run_conv(other, odd_conv(), DType::F32);
    CHECK(tuning(other) == chosen);
  }
}

TEST_CASE("an operand of another type than the precision's is refused") {
  Exec exec = test::on_gpu(Precision::Bf16);
  CHECK_THROWS_WITH_AS(run_conv(exec, odd_conv(), DType::F32),
                       doctest::Contains("conv2d: an operand [2,6,8,3] is float32"), Error);
  CHECK_THROWS_WITH_AS(run_dense(exec, kDense, DType::F32),
                       doctest::Contains("dense: an operand [3,1,1,7] is float32"), Error);
}
