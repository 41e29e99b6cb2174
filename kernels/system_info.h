// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cameo {

/// Name and version of a library that this build runs with.
struct LibraryVersion {
  std::string name, version;
  std::string note;  ///< what else it says of itself; may be empty
};

/// Libraries that kernels run on; oneDNN's note is the instruction set it may use here.
std::vector<LibraryVersion> kernel_libraries();

/// Whether this CPU has instructions for products of bfloat16 (avx512_bf16, AMX) and oneDNN may use
/// them. Without them bfloat16 is emulated or not there, and never faster.
bool has_bf16_products();

/// GPUs of this machine and what this build could do with them.
struct GpuReport {
  struct Gpu {
    int device = 0;
    std::string name, capability;              ///< "NVIDIA H100 80GB HBM3", "9.0"
    std::int64_t memory = 0, free_memory = 0;  ///< bytes
  };
  std::string architectures;  ///< that kernels were compiled for, as CMake names them; empty: none
  std::string driver;         ///< the CUDA version that the driver supports; empty: no driver
  std::string why_none;       ///< empty if there are GPUs
  std::vector<Gpu> gpus;
  std::vector<LibraryVersion> libraries;
};

GpuReport query_gpus();

}  // namespace cameo
