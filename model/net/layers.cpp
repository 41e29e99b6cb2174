// SPDX-License-Identifier: MIT
#include "model/net/layers.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/error.h"

namespace cameo {
namespace {

/// The slope of the LeakyReLU behind a convolution.
constexpr float kSlope = 0.1F;
constexpr float kResidualSlope = 0.2F;

}  // namespace

Value Layers::parameter(Graph& graph, const std::string& name, Shape shape, Init init) {
  if (params_.weights() == nullptr && !params_.contains(name)) params_.add(name, shape, init);
  const Shape declared = params_.table()[static_cast<std::size_t>(params_.find(name))].shape;
  check(declared == shape, "layers: ", name, " is ", shape, ", declared as ", declared);
  const bool frozen = std::any_of(frozen_.begin(), frozen_.end(), [&](const std::string& prefix) {
    return name.starts_with(prefix);
  });
  return graph.param(params_, name, frozen ? Trainable::No : Trainable::Yes);
}

Value Layers::same_conv(Value x, const std::string& name, int k, int filters, int stride) {
  const Shape in = x.shape(), shape{filters, k, k, in.c};
  const Conv2dOptions options{.stride = stride, .pad = Pad::same(in.h, k, stride)};
  const Value w = parameter(*x.graph, name + ".weight", shape, init_);
  const Value y = conv2d(x, w, options);
  used_.push_back({name, LayerUse::Kind::Conv2d, in, shape, y.shape(), options});
  return y;
}

Value Layers::bias_of(Value x, const std::string& name) {
  return parameter(*x.graph, name + ".bias", {1, 1, 1, x.shape().c}, Init::Zeros);
}

Value Layers::down(Value x, const std::string& name, int filters) {
  return conv_leaky(x, name, 5, filters, 2, kSlope);
}

Value Layers::conv_leaky(Value x, const std::string& name, int k, int filters, int stride,
                         float slope) {
  x = same_conv(x, name, k, filters, stride);
  return bias_leaky(x, bias_of(x, name), slope);
}

Value Layers::transposed_leaky(Value x, const std::string& name, int k, int filters, int stride,
                               float slope) {
  const Shape shape{x.shape().c, k, k, filters};
  x = conv2d_transpose(x, parameter(*x.graph, name + ".weight", shape, init_), stride);
  return bias_leaky(x, bias_of(x, name), slope);
}

Value Layers::up(Value x, const std::string& name, int filters) {
  x = same_conv(x, name, 3, 4 * filters, 1);
  return bias_leaky_shuffle(x, bias_of(x, name), kSlope, 2);
}

Value Layers::residual(Value x, const std::string& name) {
  Value y = same_conv(x, name + ".conv1", 3, x.shape().c, 1);
  y = bias_leaky(y, bias_of(y, name + ".conv1"), kResidualSlope);
  y = conv(y, name + ".conv2", 3, x.shape().c);
  return leaky_relu(add(x, y), kResidualSlope);
}

Value Layers::dense(Value x, const std::string& name, int channels, int side) {
  const Shape in = x.shape();
  const std::int64_t wide_in = in.size() / in.n, wide_out = std::int64_t{side} * side * channels;
  check(std::max(wide_in, wide_out) <= std::numeric_limits<int>::max(), ErrorCode::Format,
        "network: ", name, ", a dense layer from ", wide_in, " to ", wide_out,
        " elements, is too wide");
  const int inputs = static_cast<int>(wide_in), outputs = static_cast<int>(wide_out);
  const Value w = parameter(*x.graph, name + ".weight", {outputs, 1, 1, inputs}, init_);
  const Value b = parameter(*x.graph, name + ".bias", {1, 1, 1, outputs}, Init::Zeros);
  const Value y = cameo::dense(x, w, b, {.h = side, .w = side});
  used_.push_back({name, LayerUse::Kind::Dense, in, w.shape(), y.shape()});
  return y;
}

Value Layers::conv(Value x, const std::string& name, int k, int filters) {
  x = same_conv(x, name, k, filters, 1);
  return bias(x, bias_of(x, name));
}

}  // namespace cameo
