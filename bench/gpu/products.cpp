// SPDX-License-Identifier: MIT
#include <cuda_runtime.h>

#include "base/error.h"
#include "bench/gpu/cases.h"
#include "bench/layers.h"

namespace cameo::bench {
namespace {

View scratch_of(Tensors& make, std::size_t bytes) {
  return make.make({1, 1, 1, static_cast<int>(bytes / sizeof(float)) + 1}, DType::F32, true);
}

void convolution(Cuda& on, const ConvLayer& layer, const Use& use) {
  Tensors make(on);
  const DType type = on.compute_dtype();
  const kernels::Conv2dSpec& s = layer.spec;
  const auto plan = kernels::make_conv2d(on, s);
  const View x = make.make(s.x, type), w = make.make(s.w, type), y = make.make(s.y, type),
             dx = make.make(s.x, type), dw = make.make(s.w, type),
             scratch = scratch_of(make, plan->scratch_bytes());
  const auto bytes = static_cast<double>(x.bytes() + w.bytes() + y.bytes());
  const std::string name = "conv2d " + layer.name;
  use({name + " forward", flops(s), bytes, [&] { plan->forward(x, w, y, scratch); }});
  if (s.wants_dx)
    use({name + " dx", flops(s), bytes, [&] { plan->backward(x, w, y, {dx}, {}, scratch); }});
  use({name + " dw", flops(s), bytes, [&] { plan->backward(x, w, y, {}, {dw}, scratch); }});
}

void product(Cuda& on, const DenseLayer& layer, const Use& use) {
  Tensors make(on);
  const DType type = on.compute_dtype();
  const kernels::DenseSpec& s = layer.spec;
  const auto plan = kernels::make_dense(on, s);
  const View x = make.make({s.n, 1, 1, s.in}, type), w = make.make({s.out, 1, 1, s.in}, type),
             b = make.make({1, 1, 1, s.out}, type), y = make.make({s.n, 1, 1, s.out}, type),
             dx = make.make(x.shape, type), dw = make.make(w.shape, type),
             db = make.make(b.shape, type), scratch = scratch_of(make, plan->scratch_bytes());
  const auto bytes = static_cast<double>(x.bytes() + w.bytes() + y.bytes());
  const std::string name = "dense " + layer.name;
  use({name + " forward", flops(s), bytes, [&] { plan->forward(x, w, b, y, scratch); }});
  use({name + " dx", flops(s), bytes, [&] { plan->backward(x, w, y, {dx}, {}, {}, scratch); }});
  use({name + " dw", flops(s), bytes, [&] { plan->backward(x, w, y, {}, {dw}, {db}, scratch); }});
}

}  // namespace

void each_product(Cuda& on, const Preset& preset, int batch, const Use& use) {
  for (const ConvLayer& layer : conv_layers(preset.network, joint(batch)))
    convolution(on, layer, use);
  for (const DenseLayer& layer : dense_layers(preset.network, joint(batch)))
    product(on, layer, use);
}

void each_ceiling(Cuda& on, const Use& use, int side) {
  Tensors make(on);
  const Shape square{side, 1, 1, side};
  const DType type = on.compute_dtype();
  const View from = make.make(square, DType::F32, true), to = make.make(square, DType::F32, true);
  use({"copy", 0, 2.0 * static_cast<double>(from.bytes()), [&] {
         const cudaError_t status = cudaMemcpyAsync(to.data, from.data, from.bytes(),
                                                    cudaMemcpyDeviceToDevice, on.stream());
         check(status == cudaSuccess, "copy: ", cudaGetErrorString(status));
       }});
  const kernels::DenseSpec spec{
      .n = side, .in = side, .out = side, .wants_dx = false, .wants_dw = false};
  const auto plan = kernels::make_dense(on, spec);
  const View x = make.make(square, type), w = make.make(square, type), y = make.make(square, type),
             b = make.make({1, 1, 1, side}, type),
             scratch = scratch_of(make, plan->scratch_bytes());
  use({"product " + std::to_string(side), flops(spec), static_cast<double>(3 * x.bytes()),
       [&] { plan->forward(x, w, b, y, scratch); }});
}

}  // namespace cameo::bench
