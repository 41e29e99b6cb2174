// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "base/error.h"
#include "base/host_device.h"
#include "kernels/tensor.h"

namespace cameo::kernels {

/// Weights of pixels, one mask for all images of a batch or one for each.
struct PixelMask {
  const float* weights = nullptr;  ///< nullptr: 1 everywhere
  std::uint32_t pixels = 1;        ///< of the mask
  std::uint32_t channels = 1;      ///< of the images
  /// Of element i of the images.
  CAMEO_HD float at(std::int64_t i) const {
    return weights == nullptr ? 1.0F : weights[static_cast<std::uint32_t>(i) / channels % pixels];
  }
};

/// mask: [1,H,W,1] or [N,H,W,1] float32 for images [N,H,W,C], or empty. Throws Error otherwise.
inline PixelMask pixel_mask(const char* op, ConstView mask, Shape images) {
  if (!mask) return {};
  const Shape m = mask.shape;
  check(mask.dtype == DType::F32 && m.c == 1 && m.h == images.h && m.w == images.w &&
            (m.n == 1 || m.n == images.n),
        op, ": the mask is ", m, ", for images ", images, " it must be [1,", images.h, ",",
        images.w, ",1] or one for each, float32");
  check(images.size() <= std::int64_t{0xffffffff}, op, ": images ", images,
        " are too many for a mask");
  return {mask.f32(), static_cast<std::uint32_t>(m.size()), static_cast<std::uint32_t>(images.c)};
}

}  // namespace cameo::kernels
