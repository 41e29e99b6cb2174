// SPDX-License-Identifier: MIT
#include "kernels/cuda/libraries.h"

#include <cstddef>

#include <cublasLt.h>
#include <cudnn.h>

namespace cameo::kernels {
namespace {

std::string dotted(std::size_t number) {  // 91900 is 9.19.0
  return std::to_string(number / 10000) + '.' + std::to_string(number / 100 % 100) + '.' +
         std::to_string(number % 100);
}

}  // namespace

std::string cudnn_version() {
  return dotted(cudnnGetVersion());
}

std::string cublas_lt_version() {
  return dotted(cublasLtGetVersion());
}

}  // namespace cameo::kernels
