// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/exec.h"
#include "kernels/tensor.h"

namespace cameo {

/// Copies a tensor's elements to the host as floats, whatever its type; waits for the device.
void read_floats(Exec& exec, ConstView from, float* host);
std::vector<float> read_floats(Exec& exec, ConstView from);

/// Copies floats from the host to a tensor, rounded to nearest where its type is shorter.
void write_floats(Exec& exec, View to, const float* host);

}  // namespace cameo
