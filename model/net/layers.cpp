// SPDX-License-Identifier: MIT
#include "model/net/layers.h"

namespace cameo {
namespace {

Value weight(Value x, const std::string& name) {
  return x.graph->param(name + ".weight");
}
Value bias_of(Value x, const std::string& name) {
  return x.graph->param(name + ".bias");
}

Value same_conv(Value x, const std::string& name, int stride) {
  const Value w = weight(x, name);
  return conv2d(x, w, {.stride = stride, .pad = Pad::same(x.shape().h, w.shape().h, stride)});
}

}  // namespace

Value down(Value x, const std::string& name) {
  return bias_leaky(same_conv(x, name, 2), bias_of(x, name), kSlope);
}

Value up(Value x, const std::string& name) {
  return bias_leaky_shuffle(same_conv(x, name, 1), bias_of(x, name), kSlope, 2);
}

Value linear(Value x, const std::string& name, DenseOptions options) {
  return dense(x, weight(x, name), bias_of(x, name), options);
}

Value head(Value x, const std::string& name) {
  return bias(same_conv(x, name, 1), bias_of(x, name));
}

void add_layer(ParamStore& params, const std::string& name, int k, int in, int out, Init init) {
  params.add(name + ".weight", {out, k, k, in}, init);
  params.add(name + ".bias", {1, 1, 1, out}, Init::Zeros);
}

}  // namespace cameo
