// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>

#include "base/host_device.h"

namespace cameo {

/// Extent of a tensor. One layout everywhere: row-major NHWC, contiguous.
/// Weights use the same four fields: n = outputs, h x w = window, c = inputs.
struct Shape {
  int n = 1, h = 1, w = 1, c = 1;
  CAMEO_HD std::int64_t size() const { return std::int64_t{n} * h * w * c; }
  bool operator==(const Shape&) const = default;
};

inline std::ostream& operator<<(std::ostream& os, Shape s) {
  return os << '[' << s.n << ',' << s.h << ',' << s.w << ',' << s.c << ']';
}

/// Type of an element in memory.
enum class DType : std::uint8_t { F32, BF16 };

CAMEO_HD inline std::size_t bytes_of(DType dtype) {
  return dtype == DType::F32 ? 4 : 2;
}

/// Read-only view of a tensor: pointer, shape and type. Owns nothing; cheap to pass, also to a GPU
/// kernel.
struct ConstView {
  const void* data = nullptr;
  Shape shape;
  DType dtype = DType::F32;
  explicit operator bool() const { return data != nullptr; }
  CAMEO_HD const float* f32() const { return static_cast<const float*>(data); }
};

/// View of a tensor that may be written.
struct View {
  void* data = nullptr;
  Shape shape;
  DType dtype = DType::F32;
  explicit operator bool() const { return data != nullptr; }
  // NOLINTNEXTLINE(google-explicit-constructor): whoever may write may read
  operator ConstView() const { return {data, shape, dtype}; }
  CAMEO_HD float* f32() const { return static_cast<float*>(data); }
  std::size_t bytes() const { return static_cast<std::size_t>(shape.size()) * bytes_of(dtype); }
};

/// Whether a backward kernel is the first to write a gradient or adds to it.
enum class Write : std::uint8_t { Set, Add };

/// Gradient that a backward kernel writes; empty where nobody wants it.
struct Grad {
  View view;
  Write write = Write::Set;
  explicit operator bool() const { return static_cast<bool>(view); }
};

}  // namespace cameo
