// SPDX-License-Identifier: MIT
#pragma once

namespace cameo::bench {

// Each registers the benchmarks of <name>_bench.cpp.
void add_adam();
void add_augment();
void add_bias();
void add_bias_leaky();
void add_bias_leaky_shuffle();
void add_conv2d();
void add_dense();
void add_dssim();
void add_leaky_relu();
void add_mae();
void add_pipeline();
void add_pixel_shuffle();
void add_sigmoid();
void add_sigmoid_mae();
void add_slice();
void add_step();

}  // namespace cameo::bench
