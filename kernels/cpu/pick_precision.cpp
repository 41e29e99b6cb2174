// SPDX-License-Identifier: MIT
#include "kernels/pick_precision.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv2d.h"
#include "kernels/dense.h"
#include "kernels/system_info.h"

namespace cameo::kernels {
namespace {

constexpr int kFaces = 8, kRuns = 3;
// What bfloat16 must gain to be taken unasked. Without matrix units it gains about a fifth, own
// Winograd being what it competes with, which two timings on a busy machine may differ by: the
// choice would be chance. With them it is several times as fast.
constexpr double kGain = 1.4;

constexpr const char* name_of(Precision precision) {
  return precision == Precision::Bf16 ? "bf16" : "f32";
}

/// Tensors of a layer and its gradients.
struct Arrays {
  Arrays(Cpu& on, Shape x_shape, Shape w_shape, Shape y_shape, std::size_t scratch_bytes) {
    const Shape shapes[] = {x_shape, w_shape, {1, 1, 1, w_shape.n}, y_shape};
    for (std::size_t i = 0; i < 8; ++i) {
      const Shape shape = shapes[i / 2];
      memory[i] = on.allocate(View{nullptr, shape}.bytes());
      views[i] = {memory[i].get(), shape};
      // Neither zeros nor denormals, which some machines multiply at another speed.
      std::fill_n(views[i].f32(), shape.size(), 0.01F);
    }
    memory[8] = on.allocate(scratch_bytes);
    scratch = {memory[8].get(), {1, 1, 1, static_cast<int>(scratch_bytes / sizeof(float))}};
  }
  View x() const { return views[0]; }
  Grad dx() const { return {views[1]}; }
  View w() const { return views[2]; }
  Grad dw() const { return {views[3]}; }
  View b() const { return views[4]; }
  Grad db() const { return {views[5]}; }
  View y() const { return views[6]; }
  View dy() const { return views[7]; }

  std::array<Memory, 9> memory;
  std::array<View, 8> views;
  View scratch;
};

template <class F>
double least_seconds(F work) {
  double least = std::numeric_limits<double>::infinity();
  for (int run = 0; run <= kRuns; ++run) {  // the first warms up
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    if (run > 0) least = std::min(least, spent.count());
  }
  return least;
}

double seconds_of_conv(Cpu& on, const Conv2dSpec& spec) {
  const auto plan = make_conv2d(on, spec);
  const Arrays a(on, spec.x, spec.w, spec.y, plan->scratch_bytes());
  return least_seconds([&] {
    plan->forward(a.x(), a.w(), a.y(), a.scratch);
    plan->backward(a.x(), a.w(), a.dy(), a.dx(), a.dw(), a.scratch);
  });
}

double seconds_of_dense(Cpu& on, const DenseSpec& spec) {
  const auto plan = make_dense(on, spec);
  const Arrays a(on, {spec.n, 1, 1, spec.in}, {spec.out, 1, 1, spec.in}, {spec.n, 1, 1, spec.out},
                 plan->scratch_bytes());
  return least_seconds([&] {
    plan->forward(a.x(), a.w(), a.b(), a.y(), a.scratch);
    plan->backward(a.x(), a.w(), a.dy(), a.dx(), a.dw(), a.db(), a.scratch);
  });
}

/// A layer of each kind that networks have: downscaling, 3x3 and dense.
double seconds_of_layers(Precision precision) {
  Cpu on;
  on.precision = precision;
  return seconds_of_conv(on, {.x = {kFaces, 16, 16, 128},
                              .w = {256, 5, 5, 128},
                              .y = {kFaces, 8, 8, 256},
                              .stride = 2,
                              .pad = Pad::same(16, 5, 2)}) +
         seconds_of_conv(on, {.x = {kFaces, 8, 8, 256},
                              .w = {512, 3, 3, 256},
                              .y = {kFaces, 8, 8, 512},
                              .pad = Pad::same(8, 3, 1)}) +
         seconds_of_dense(on, {.n = kFaces, .in = 4096, .out = 1024});
}

}  // namespace

Precision pick_precision(Cpu& on) {
  if (!has_bf16_products()) return Precision::F32;
  static const std::vector<Precision> all{Precision::F32, Precision::Bf16};
  const auto find = [](const std::string& name) -> std::optional<Precision> {
    for (const Precision precision : all)
      if (name == name_of(precision)) return precision;
    return std::nullopt;
  };
  return pick_algorithm(
      on, "precision", /*timed=*/true, find, [] { return all; }, name_of,
      [](Precision precision, double) {
        const double seconds = seconds_of_layers(precision);
        return precision == Precision::Bf16 ? kGain * seconds : seconds;
      });
}

}  // namespace cameo::kernels
