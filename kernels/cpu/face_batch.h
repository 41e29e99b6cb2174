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

/// The same for masks and the weights that belong to them; one of them may be empty.
inline void check_masks(const char* what, const FaceBlock& masks, const std::int32_t* indices,
                        View mask, View weights) {
  check(mask || weights, what, ": neither mask nor weights wanted");
  check(!mask || !weights || mask.shape == weights.shape, what, ": mask ", mask.shape,
        " and weights ", weights.shape, " differ");
  for (const View& view : {mask, weights}) {
    if (!view) continue;
    const Shape s = view.shape;
    check(s.c == 1 && view.dtype == DType::F32, what, ": masks must be [N,S,S,1] float32, got ", s);
    check_batch(what, masks, indices, {view.data, {s.n, s.h, s.w, 3}, view.dtype});
  }
}

inline const std::uint8_t* face_of(const FaceBlock& faces, std::int32_t index) {
  return faces.data + std::int64_t{index} * faces.side * faces.side * 3;
}

}  // namespace cameo::kernels
