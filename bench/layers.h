// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <vector>

#include "kernels/conv2d.h"
#include "kernels/dense.h"
#include "model/net/network.h"

namespace cameo::bench {

/// How many faces go through the encoder and through each decoder that runs.
struct Faces {
  int encoder = 1, decoder = 1;
  int decoders = 1;
};

/// A joint training step on `batch` faces of each side.
constexpr Faces joint(int batch) {
  return {2 * batch, batch, 2};
}

/// A convolution of the network; `times`: how often it occurs with these sizes.
struct ConvLayer {
  std::string name;
  kernels::Conv2dSpec spec;
  int times = 1;
};

struct DenseLayer {
  std::string name;
  kernels::DenseSpec spec;
};

/// The convolutions and dense layers of a network, in forward order, as it records them.
std::vector<ConvLayer> conv_layers(const Network& network, Faces faces);
std::vector<DenseLayer> dense_layers(const Network& network, Faces faces);

/// Multiplications and additions of one pass of a layer, 2 for each element of the window, a
/// convolution counted as the direct sum whatever algorithm computes it.
double flops(const kernels::Conv2dSpec& spec);
double flops(const kernels::DenseSpec& spec);

/// Of the whole network forwards, and of a training step: forwards, and backwards to weights and to
/// inputs, but not to the images.
double forward_flops(const Network& network, Faces faces);
double step_flops(const Network& network, Faces faces);

}  // namespace cameo::bench
