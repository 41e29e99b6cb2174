// SPDX-License-Identifier: MIT
#include <sstream>
#include <string>
#include <vector>

#include "bench/layers.h"
#include "bench/ops.h"
#include "bench/support.h"
#include "kernels/conv2d.h"
#include "model/net/presets.h"

namespace cameo::bench {
namespace {

constexpr int kBatch = 16;
constexpr double kTolerance = 1e-3;  // Winograd's F(4,3) loses a digit of float32's seven
constexpr const char* kDirections[] = {"forward", "dx", "dw"};

/// Coordinates of an element.
struct Place {
  int n, h, w, c;
};

Place place(Shape s, std::int64_t i) {
  return {static_cast<int>(i / s.c / s.w / s.h), static_cast<int>(i / s.c / s.w % s.h),
          static_cast<int>(i / s.c % s.w), static_cast<int>(i % s.c)};
}

double at(const Array& a, Place p) {
  const Shape s = a.shape();
  if (p.h < 0 || p.w < 0 || p.h >= s.h || p.w >= s.w) return 0;  // padding
  return static_cast<double>(a[((std::int64_t{p.n} * s.h + p.h) * s.w + p.w) * s.c + p.c]);
}

/// The arrays of one convolution; the definition of each of its passes, in double.
struct Convolution {
  explicit Convolution(const kernels::Conv2dSpec& of)
      : spec(of), x(of.x, 1), w(of.w, 2), dy(of.y, 3), y(of.y), dx(of.x), dw(of.w) {}

  double y_at(std::int64_t i) const {
    const Place o = place(spec.y, i);
    double sum = 0;
    for (int h = 0; h < spec.w.h; ++h)
      for (int v = 0; v < spec.w.w; ++v)
        for (int c = 0; c < spec.w.c; ++c)
          sum += at(x, {o.n, row(o.h, h), column(o.w, v), c}) * at(w, {o.c, h, v, c});
    return sum;
  }

  double dw_at(std::int64_t i) const {
    const Place k = place(spec.w, i);
    double sum = 0;
    for (int n = 0; n < spec.y.n; ++n)
      for (int h = 0; h < spec.y.h; ++h)
        for (int v = 0; v < spec.y.w; ++v)
          sum += at(x, {n, row(h, k.h), column(v, k.w), k.c}) * at(dy, {n, h, v, k.n});
    return sum;
  }

  double dx_at(std::int64_t i) const {
    const Place p = place(spec.x, i);
    double sum = 0;
    for (int h = 0; h < spec.w.h; ++h)
      for (int v = 0; v < spec.w.w; ++v) {
        const int down = p.h + spec.pad.top - h, right = p.w + spec.pad.left - v;
        if (down % spec.stride != 0 || right % spec.stride != 0) continue;
        for (int o = 0; o < spec.y.c; ++o)
          sum += at(dy, {p.n, down / spec.stride, right / spec.stride, o}) * at(w, {o, h, v, p.c});
      }
    return sum;
  }

  int row(int out, int window) const { return out * spec.stride - spec.pad.top + window; }
  int column(int out, int window) const { return out * spec.stride - spec.pad.left + window; }

  kernels::Conv2dSpec spec;
  Array x, w, dy, y, dx, dw;
};

void run_pass(benchmark::State& state, const ConvLayer& layer, int direction, Cpu on) {
  kernels::Conv2dSpec spec = layer.spec;
  spec.wants_dx = direction == 1;
  spec.wants_dw = direction == 2;
  const auto conv = kernels::make_conv2d(on, spec);
  const Convolution c(spec);
  const Array scratch({1, 1, 1, static_cast<int>(conv->scratch_bytes() / sizeof(float)) + 1});
  const auto work = [&] {
    if (direction == 0) return conv->forward(c.x, c.w, c.y, scratch);
    conv->backward(c.x, c.w, c.dy, direction == 1 ? Grad(c.dx) : Grad(),
                   direction == 2 ? Grad(c.dw) : Grad(), scratch);
  };
  work();
  const auto reference = [&](std::int64_t i) {
    return direction == 0 ? c.y_at(i) : direction == 1 ? c.dx_at(i) : c.dw_at(i);
  };
  const Array& out = direction == 0 ? c.y : direction == 1 ? c.dx : c.dw;
  if (!agrees(state, out, reference, kTolerance)) return;
  show_way(state, conv->algorithm_names(), kDirections[direction]);
  measure(state, {.flops = flops(spec)}, work);
}

}  // namespace

void add_conv2d() {
  std::vector<std::string> ways = kernels::conv2d_algorithms();
  ways.emplace_back("chosen");
  for (const ConvLayer& layer : conv_layers(preset("original").network, joint(kBatch)))
    for (const std::string& way : ways) {
      Cpu on;
      on.forced_algorithm = way == "chosen" ? "" : way;
      // A pass that lacks a way takes another one.
      const std::string taken =
          way == "chosen" ? "" : kernels::make_conv2d(on, layer.spec)->algorithm_names();
      for (int direction = 0; direction < 3; ++direction) {
        if (direction == 1 && !layer.spec.wants_dx) continue;
        std::ostringstream pass, name;
        pass << kDirections[direction] << ' ' << way;
        if (way != "chosen" && taken.find(pass.str()) == std::string::npos) continue;
        name << "conv2d/" << layer.name << '/' << kDirections[direction] << '/' << way;
        add(name.str(), [=](benchmark::State& state) { run_pass(state, layer, direction, on); });
      }
    }
}

}  // namespace cameo::bench
