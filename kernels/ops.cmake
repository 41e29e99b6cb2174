# SPDX-License-Identifier: MIT
# THE list of ops, from which every list of sources derives. An op x has kernels/x.h,
# kernels/cpu/x.cpp, kernels/cuda/x.cu, engine/ops/x.cpp and tests/ops/x_test.cpp.
set(CAMEO_KERNEL_OPS
  add
  bce_with_logits
  bias
  bias_leaky
  bias_leaky_shuffle
  cast
  concat
  dssim
  leaky_relu
  mae
  ms_ssim
  pixel_shuffle
  pixel_unshuffle
  rms_norm
  scale
  sigmoid
  sigmoid_mae
  sigmoid_mse
  slice)
# Ops that cuDNN or cuBLASLt computes: kernels/cuda/x.cpp instead of x.cu.
set(CAMEO_LIBRARY_OPS
  conv2d
  dense)
set(CAMEO_OPS_WITH_KERNELS ${CAMEO_KERNEL_OPS} ${CAMEO_LIBRARY_OPS})
# Ops that run another op's kernels: engine/ops/x.cpp and tests/ops/x_test.cpp alone.
set(CAMEO_DERIVED_OPS
  conv2d_transpose)
set(CAMEO_OPS ${CAMEO_OPS_WITH_KERNELS} ${CAMEO_DERIVED_OPS})

# cameo_op_sources(VARIABLE PREFIX SUFFIX OPS...): sets VARIABLE to PREFIX<op>SUFFIX for each op.
function(cameo_op_sources variable prefix suffix)
  set(sources ${ARGN})
  list(TRANSFORM sources PREPEND "${prefix}")
  list(TRANSFORM sources APPEND "${suffix}")
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
