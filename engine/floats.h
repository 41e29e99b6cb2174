// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/exec.h"
#include "kernels/tensor.h"

namespace cameo {

/// A tensor's elements as floats on the host, whatever its type; waits for the device.
void read_floats(Exec& exec, ConstView from, float* host);
std::vector<float> read_floats(Exec& exec, ConstView from);

/// The other way; rounded to nearest where the tensor's type is shorter.
void write_floats(Exec& exec, View to, const float* host);

}  // namespace cameo
