// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/error.h"
#include "kernels/augment.h"

namespace cameo::kernels {

/// Checks of every function that makes images from faces; what: its name.
inline void check_batch(const char* what, const FaceBlock& faces, const std::int32_t* indices,
                        View out) {
  const Shape s = out.shape;
  check(faces.data != nullptr && faces.count > 0 && faces.side > 1, what, ": no faces");
  check(faces.coverage > 0 && faces.coverage <= 1, what, ": coverage must be in 0..1, got ",
        faces.coverage);
  check(s.c == 3 && s.h == s.w && out.dtype == DType::F32, what,
        ": images must be [N,S,S,3] float32, got ", s);
  for (int n = 0; n < s.n; ++n) {
    check(indices[n] >= 0 && indices[n] < faces.count, what, ": sample ", n, " wants face ",
          indices[n], " of ", faces.count);
  }
}

/// The same for inputs and their targets.
inline void check_pair(const char* what, const FaceBlock& faces, const std::int32_t* indices,
                       View input, View target) {
  check_batch(what, faces, indices, input);
  check(input.shape == target.shape && target.dtype == DType::F32, what, ": input ", input.shape,
        " and target ", target.shape, " differ");
}

inline const std::uint8_t* face_of(const FaceBlock& faces, std::int32_t index) {
  return faces.data + std::int64_t{index} * faces.side * faces.side * 3;
}

}  // namespace cameo::kernels
