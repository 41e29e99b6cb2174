// SPDX-License-Identifier: MIT
#pragma once
#include <string>

namespace cameo::kernels {

/// Versions of the libraries this process has loaded, as in "9.19.0". Neither asks for a GPU.
std::string cudnn_version();
std::string cublas_lt_version();

}  // namespace cameo::kernels
