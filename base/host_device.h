// SPDX-License-Identifier: MIT
#pragma once
/// Marks a function that both the host and a CUDA device may call.
#ifdef __CUDACC__
#define CAMEO_HD __host__ __device__
#else
#define CAMEO_HD
#endif
