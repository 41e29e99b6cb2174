# SPDX-License-Identifier: MIT
# THE list of ops, from which every list of sources derives. An op x has kernels/x.h,
# kernels/cpu/x.cpp, kernels/cuda/x.cu, engine/ops/x.cpp and tests/ops/x_test.cpp.
set(CAMEO_KERNEL_OPS
  add
  bias
  bias_leaky
  bias_leaky_shuffle
  concat
  dssim
  leaky_relu
  mae
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
set(CAMEO_OPS ${CAMEO_KERNEL_OPS} ${CAMEO_LIBRARY_OPS})

# cameo_op_sources(VARIABLE PREFIX SUFFIX OPS...): sets VARIABLE to PREFIX<op>SUFFIX for each op.
function(cameo_op_sources variable prefix suffix)
  set(sources ${ARGN})
  list(TRANSFORM sources PREPEND "${prefix}")
  list(TRANSFORM sources APPEND "${suffix}")
  set(${variable} ${sources} PARENT_SCOPE)
endfunction()
