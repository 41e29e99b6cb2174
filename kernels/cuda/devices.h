// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace cameo {

/// 13000 is "13.0".
std::string cuda_version(int number);

/// How many GPUs there are, at least one. Throws Error (ErrorCode::Device) saying why there is
/// none.
int count_gpus();

}  // namespace cameo
