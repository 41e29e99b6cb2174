// SPDX-License-Identifier: MIT
#include <string>

#include "bench/layers.h"
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/dense.h"
#include "model/net/presets.h"

namespace cameo::bench {
namespace {

constexpr int kBatch = 16;
constexpr const char* kDirections[] = {"forward", "dx", "dw"};
constexpr double kTolerance = 1e-4;  // sums of up to 16,384 products

/// The arrays of one dense layer; the definition of each of its passes, in double.
struct Layer {
  explicit Layer(const kernels::DenseSpec& s)
      : spec(s),
        x({s.n, 1, 1, s.in}, 1),
        w({s.out, 1, 1, s.in}, 2),
        b({1, 1, 1, s.out}, 3),
        dy({s.n, 1, 1, s.out}, 4),
        y(dy.shape()),
        dx(x.shape()),
        dw(w.shape()) {}

  double y_at(std::int64_t i) const {
    const std::int64_t n = i / spec.out, o = i % spec.out;
    double sum = static_cast<double>(b[o]);
    for (int k = 0; k < spec.in; ++k) sum += product(x[n * spec.in + k], w[o * spec.in + k]);
    return sum;
  }
  double dx_at(std::int64_t i) const {
    const std::int64_t n = i / spec.in, k = i % spec.in;
    double sum = 0;
    for (std::int64_t o = 0; o < spec.out; ++o)
      sum += product(dy[n * spec.out + o], w[o * spec.in + k]);
    return sum;
  }
  double dw_at(std::int64_t i) const {
    const std::int64_t o = i / spec.in, k = i % spec.in;
    double sum = 0;
    for (std::int64_t n = 0; n < spec.n; ++n)
      sum += product(dy[n * spec.out + o], x[n * spec.in + k]);
    return sum;
  }
  static double product(float p, float q) {
    return static_cast<double>(p) * static_cast<double>(q);
  }

  kernels::DenseSpec spec;
  Array x, w, b, dy, y, dx, dw;
};

void run_pass(benchmark::State& state, kernels::DenseSpec spec, int direction, Cpu on) {
  spec.wants_dx = direction == 1;
  spec.wants_dw = direction == 2;
  const auto dense = kernels::make_dense(on, spec);
  const Layer l(spec);
  const Array scratch({1, 1, 1, static_cast<int>(dense->scratch_bytes() / sizeof(float)) + 1});
  const auto work = [&] {
    if (direction == 0) return dense->forward(l.x, l.w, l.b, l.y, scratch);
    dense->backward(l.x, l.w, l.dy, direction == 1 ? Grad(l.dx) : Grad(),
                    direction == 2 ? Grad(l.dw) : Grad(), {}, scratch);
  };
  work();
  const auto reference = [&](std::int64_t i) {
    return direction == 0 ? l.y_at(i) : direction == 1 ? l.dx_at(i) : l.dw_at(i);
  };
  const Array& out = direction == 0 ? l.y : direction == 1 ? l.dx : l.dw;
  if (!agrees(state, out, reference, kTolerance)) return;
  show_way(state, dense->algorithm_names(), kDirections[direction]);
  measure(state, {flops(spec), l.x.bytes() + l.w.bytes() + l.y.bytes()}, work);
}

}  // namespace

void add_dense() {
  for (const DenseLayer& layer : dense_layers(preset("original").network, joint(kBatch)))
    for (const std::string way : {"packed", "gemm", "chosen"})
      for (int direction = 0; direction < 3; ++direction) {
        Cpu on;
        on.forced_algorithm = way == "chosen" ? "" : way;
        add("dense/" + layer.name + '/' + kDirections[direction] + '/' + way,
            [=](benchmark::State& state) { run_pass(state, layer.spec, direction, on); });
      }
}

}  // namespace cameo::bench
