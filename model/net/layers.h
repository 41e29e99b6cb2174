// SPDX-License-Identifier: MIT
#pragma once
#include <string>

#include "engine/ops.h"

namespace cameo {

/// The slope of every LeakyReLU of the network.
constexpr float kSlope = 0.1F;

// The parameters of a layer called `name` are name + ".weight" and name + ".bias".

/// 5x5 convolution of stride 2, LeakyReLU: [N,H,W,C] -> [N,H/2,W/2,O].
Value down(Value x, const std::string& name);
/// 3x3 convolution, LeakyReLU, pixel shuffle: [N,H,W,C] -> [N,2H,2W,O/4].
Value up(Value x, const std::string& name);
/// Dense, no activation: [N,H,W,C] -> [N,h,w,O/(h*w)].
Value linear(Value x, const std::string& name, DenseOptions options = {});
/// 5x5 convolution and bias, no activation: [N,H,W,C] -> [N,H,W,O].
Value head(Value x, const std::string& name);

/// The table rows of a convolution k x k from `in` to `out` channels, or a dense layer (k = 1).
void add_layer(ParamStore& params, const std::string& name, int k, int in, int out, Init init);

}  // namespace cameo
