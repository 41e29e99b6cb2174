// SPDX-License-Identifier: MIT
#include <cstdint>

#include "bench/gpu/cases.h"
#include "bench/layers.h"
#include "kernels/adam.h"
#include "kernels/augment.h"
#include "kernels/bias.h"
#include "kernels/bias_leaky.h"
#include "kernels/bias_leaky_shuffle.h"
#include "kernels/sigmoid_mae.h"
#include "model/net/network.h"

namespace cameo::bench {
namespace {

constexpr float kSlope = 0.1F;  // of LeakyReLU

std::string named(const char* op, Shape shape) {
  return std::string(op) + " [" + std::to_string(shape.n) + "," + std::to_string(shape.h) + "," +
         std::to_string(shape.w) + "," + std::to_string(shape.c) + "]";
}

double bytes_of(std::initializer_list<View> views) {
  double sum = 0;
  for (const View& view : views) sum += static_cast<double>(view.bytes());
  return sum;
}

/// The activation behind an encoder's convolution.
void bias_leaky(Cuda& on, Shape shape, const Use& use) {
  Tensors make(on);
  const DType type = on.compute_dtype();
  const View x = make.make(shape, type), y = make.make(shape, type), g = make.make(shape, type),
             b = make.make({1, 1, 1, shape.c}, type), db = make.make({1, 1, 1, shape.c}, type);
  use({named("bias_leaky forward", shape), 0, bytes_of({x, y}),
       [&] { kernels::bias_leaky_forward(on, x, b, y, kSlope); }});
  use({named("bias_leaky backward", shape), 0, bytes_of({y, g, x}),
       [&] { kernels::bias_leaky_backward(on, y, g, {x}, {db}, kSlope); }});
}

/// The one behind an upscaling convolution.
void bias_leaky_shuffle(Cuda& on, Shape shape, const Use& use) {
  Tensors make(on);
  const DType type = on.compute_dtype();
  const Shape wide{shape.n, 2 * shape.h, 2 * shape.w, shape.c / 4};
  const View x = make.make(shape, type), y = make.make(wide, type), g = make.make(wide, type),
             b = make.make({1, 1, 1, shape.c}, type), db = make.make({1, 1, 1, shape.c}, type);
  use({named("bias_leaky_shuffle forward", shape), 0, bytes_of({x, y}),
       [&] { kernels::bias_leaky_shuffle_forward(on, x, b, y, kSlope, 2); }});
  use({named("bias_leaky_shuffle backward", shape), 0, bytes_of({y, g, x}),
       [&] { kernels::bias_leaky_shuffle_backward(on, y, g, {x}, {db}, kSlope, 2); }});
}

void last_layer(Cuda& on, Shape shape, const Use& use) {
  Tensors make(on);
  const DType type = on.compute_dtype();
  const View x = make.make(shape, type), y = make.make(shape, type), dx = make.make(shape, type),
             t = make.make(shape), b = make.make({1, 1, 1, shape.c}, type),
             db = make.make({1, 1, 1, shape.c}, type), loss = make.make({}), g = make.make({});
  use({named("bias forward", shape), 0, bytes_of({x, y}),
       [&] { kernels::bias_forward(on, x, b, y); }});
  use({named("bias backward", shape), 0, bytes_of({x, y}),
       [&] { kernels::bias_backward(on, x, {dx}, {db}); }});
  use({named("sigmoid_mae forward", shape), 0, bytes_of({x, t}),
       [&] { kernels::sigmoid_mae_forward(on, x, t, loss); }});
  use({named("sigmoid_mae backward", shape), 0, bytes_of({x, t, dx}),
       [&] { kernels::sigmoid_mae_backward(on, x, t, g, {dx}); }});
}

void adam(Cuda& on, std::int64_t count, const Use& use) {
  Tensors make(on);
  const Shape all{1, 1, 1, static_cast<int>(count)};
  const DType type = on.compute_dtype();
  const View w = make.make(all, DType::F32, true), m = make.make(all, DType::F32, true),
             v = make.make(all, DType::F32, true), g = make.make(all, type, true);
  const bool narrow = type == DType::BF16;
  const View copy = make.make(narrow ? all : Shape{}, type, true);
  const Memory memory = on.allocate(sizeof(AdamState));
  auto* const clock = reinterpret_cast<AdamState*>(memory.get());
  const AdamState start;
  on.copy_in(clock, &start, sizeof start);
  kernels::adam_advance(on, clock);
  kernels::AdamArrays arrays{w.f32(), g.data, m.f32(), v.f32(), type};
  if (narrow) arrays.copy = static_cast<Bf16*>(copy.data);
  use({named("adam", all), 0, 2 * bytes_of({w, m, v}) + bytes_of({g, copy}),
       [&] { kernels::adam_step(on, clock, arrays, count); }});
}

void augment(Cuda& on, const Preset& preset, int batch, const Use& use) {
  Tensors make(on);
  const int side = preset.network.size <= 128 ? 256 : 2 * preset.network.size;
  const Shape faces{batch, side, side, 3},
      images{batch, preset.network.size, preset.network.size, 3};
  const Memory bytes = on.allocate(static_cast<std::size_t>(faces.size())),
               chosen = on.allocate(static_cast<std::size_t>(batch) * sizeof(std::int32_t));
  const View input = make.make(images, on.compute_dtype()), target = make.make(images);
  const kernels::FaceBlock block{reinterpret_cast<const std::uint8_t*>(bytes.get()), batch, side,
                                 preset.network.coverage / 256.0};
  use({named("augment", images), 0, bytes_of({input, target}), [&] {
         kernels::augment(on, block, reinterpret_cast<const std::int32_t*>(chosen.get()), {1, 1, 0},
                          input, target);
       }});
}

std::int64_t parameters_of(const Preset& preset) {
  Exec cpu = Cpu();
  ParamStore params(cpu);
  preset.network.declare(params);
  return params.floats();
}

}  // namespace

void each_kernel(Cuda& on, const Preset& preset, int batch, const Use& use) {
  for (const auto& [name, spec, times] : conv_layers(preset.network, joint(batch))) {
    if (spec.stride == 2)
      bias_leaky(on, spec.y, use);
    else if (spec.y.c > 3)
      bias_leaky_shuffle(on, spec.y, use);
    else
      last_layer(on, spec.y, use);
  }
  adam(on, parameters_of(preset), use);
  augment(on, preset, 2 * batch, use);
}

}  // namespace cameo::bench
