// SPDX-License-Identifier: MIT
#pragma once
#include <initializer_list>

#include "base/error.h"
#include "kernels/bf16.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

template <class T>
const T* in(ConstView view) {
  return static_cast<const T*>(view.data);
}

template <class T>
T* out(View view) {
  return static_cast<T*>(view.data);
}

/// Where a gradient goes; nullptr if nobody wants it.
template <class T>
T* out(const Grad& grad) {
  return static_cast<T*>(grad.view.data);
}

inline bool adds(const Grad& grad) {
  return grad.write == Write::Add;
}

/// Calls f with a value of the C++ type that `type` means.
template <class F>
void dispatch_dtype(DType type, F f) {
  type == DType::F32 ? f(float{}) : f(Bf16{});
}

/// The same, after seeing that all tensors of the operation agree: throws Error if not.
template <class F>
void dispatch_dtype(const char* op, DType type, std::initializer_list<DType> others, F f) {
  for (const DType other : others)
    check(other == type, op, ": some tensors are float32 and some bfloat16");
  dispatch_dtype(type, f);
}

}  // namespace cameo::kernels
