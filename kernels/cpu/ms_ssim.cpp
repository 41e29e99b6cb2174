// SPDX-License-Identifier: MIT
#include "kernels/ms_ssim.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/ssim_windows.h"

namespace cameo::kernels {
namespace {

using Floats = std::vector<float>;

/// One scale of one image.
struct Scale {
  Shape shape;
  Floats x, t, mask;    ///< mask: empty where every window counts 1
  double exponent = 0;  ///< of its similarity in the product
  double unlike = 0;    ///< weighted mean of (1 - C) / 2
  double weights = 0;   ///< sum of the windows' weights
  float slope = 0;      ///< derivative of the image's loss by a window's similarity of weight 1

  /// The weight of window i.
  float weight(std::size_t i) const {
    if (mask.empty()) return 1;
    const Shape windows = ssim_windows(shape);
    const auto at = static_cast<std::int64_t>(i) / windows.c;
    const std::int64_t row = at / windows.w + kSsimWindow / 2,
                       column = at % windows.w + kSsimWindow / 2;
    return mask[static_cast<std::size_t>(row * shape.w + column)];
  }
};

/// Means of 2 x 2 pixels.
Floats halved(const Floats& from, Shape shape) {
  const Shape half = kernels::halved(shape);
  const std::ptrdiff_t line = std::ptrdiff_t{shape.w} * shape.c;
  Floats to(static_cast<std::size_t>(half.size()));
  std::size_t at = 0;
  for (int row = 0; row < half.h; ++row) {
    for (int column = 0; column < half.w; ++column) {
      const float* p =
          from.data() + std::ptrdiff_t{2} * row * line + std::ptrdiff_t{2} * column * shape.c;
      for (int c = 0; c < shape.c; ++c, ++p)
        to[at++] = 0.25F * ((p[0] + p[shape.c]) + (p[line] + p[line + shape.c]));
    }
  }
  return to;
}

/// One image's scales, on one thread.
class Image {
 public:
  /// mask: [H,W] or nullptr.
  Image(const float* x, const float* t, const float* mask, Shape shape) {
    shape.n = 1;
    const int scales = ms_ssim_scales(shape);
    const auto exponents = ms_ssim_weights(scales);
    const std::int64_t pixels = std::int64_t{shape.h} * shape.w;
    scales_.push_back({shape, {x, x + shape.size()}, {t, t + shape.size()}, {}});
    if (mask != nullptr) scales_[0].mask.assign(mask, mask + pixels);
    for (int i = 1; i < scales; ++i) {
      const Scale& finer = scales_.back();
      Shape plane = finer.shape;
      plane.c = 1;
      scales_.push_back({kernels::halved(finer.shape), halved(finer.x, finer.shape),
                         halved(finer.t, finer.shape),
                         mask == nullptr ? Floats{} : halved(finer.mask, plane)});
    }
    for (std::size_t i = 0; i < scales_.size(); ++i) scales_[i].exponent = exponents.at(i);
  }

  /// The image's loss, 1 - P times the coarsest windows' mean weight.
  double compare() {
    double product = 1;
    for (Scale& scale : scales_) {
      double unlike = 0;
      Windows(scale.shape)
          .compare(scale.x.data(), scale.t.data(), [&](std::size_t i, const SsimMoments& m) {
            const double weight = scale.weight(i);
            unlike += weight * (1 - double{slopes_of(scale, m).s}) / 2;
            scale.weights += weight;
          });
      if (scale.weights > 0) scale.unlike = unlike / scale.weights;
      product *= std::pow(similarity_of(scale), scale.exponent);
    }
    const Scale& coarsest = scales_.back();
    const double weight =
        coarsest.weights / static_cast<double>(ssim_windows(coarsest.shape).size());
    for (Scale& scale : scales_)
      if (scale.weights > 0)
        scale.slope = static_cast<float>(-0.5 * weight * product * scale.exponent /
                                         similarity_of(scale) / scale.weights);
    return weight * (1 - product);
  }

  /// The loss's gradient, after compare().
  Floats gradient() const {
    Floats coarser;
    for (std::size_t i = scales_.size(); i-- > 0;) {
      Floats here = gradient_of(scales_[i]);
      if (!coarser.empty()) add_doubled(coarser, scales_[i + 1].shape, scales_[i].shape, here);
      coarser = std::move(here);
    }
    return coarser;
  }

 private:
  static double similarity_of(const Scale& scale) {
    return std::max(kMsSsimLeast, 1 - scale.unlike);
  }
  SsimSlopes slopes_of(const Scale& scale, const SsimMoments& moments) const {
    return &scale == &scales_.back() ? ssim_slopes(moments) : contrast_slopes(moments);
  }

  /// Of a scale's own windows.
  Floats gradient_of(const Scale& scale) const {
    Windows pair(scale.shape);
    const std::size_t count = pair.inner().size();
    Floats by_x(count), by_xx(count), by_xt(count);
    pair.compare(scale.x.data(), scale.t.data(), [&](std::size_t i, const SsimMoments& moments) {
      const SsimSlopes at = slopes_of(scale, moments);
      const float share = scale.weight(i);
      by_x[i] = share * at.x;
      by_xx[i] = share * at.xx;
      by_xt[i] = share * at.xt;
    });
    Floats of_x, of_xx, of_xt;
    pair.spread(by_x.data(), of_x);
    pair.spread(by_xx.data(), of_xx);
    pair.spread(by_xt.data(), of_xt);
    for (std::size_t i = 0; i < of_x.size(); ++i)
      of_x[i] = scale.slope * (of_x[i] + 2 * scale.x[i] * of_xx[i] + scale.t[i] * of_xt[i]);
    return of_x;
  }

  /// A quarter of each of the coarser scale's pixels for each of its four.
  static void add_doubled(const Floats& coarser, Shape from, Shape to, Floats& sum) {
    for (int row = 0; row < 2 * from.h; ++row) {
      for (std::int64_t i = 0; i < std::int64_t{2} * from.w * to.c; ++i) {
        const std::int64_t column = i / to.c / 2, c = i % to.c;
        sum[static_cast<std::size_t>(row * std::int64_t{to.w} * to.c + i)] +=
            0.25F *
            coarser[static_cast<std::size_t>((row / 2 * std::int64_t{from.w} + column) * to.c + c)];
      }
    }
  }

  std::vector<Scale> scales_;  ///< the finest first
};

/// Image n of a batch.
Image image_of(ConstView x, ConstView t, const PixelMask& mask, std::int64_t n) {
  const std::int64_t floats = x.shape.size() / x.shape.n, pixels = floats / x.shape.c;
  const float* weights = mask.weights;
  if (weights != nullptr) weights += n * pixels % mask.pixels;
  return {x.f32() + n * floats, t.f32() + n * floats, weights, x.shape};
}

}  // namespace

void ms_ssim_forward(Cpu&, ConstView x, ConstView t, View out, float weight, View, ConstView mask) {
  const PixelMask weights = pixel_mask("ms_ssim_forward", mask, x.shape);
  std::vector<double> losses(static_cast<std::size_t>(x.shape.n));
  parallel_stretches(x.shape.n, 1, [&](std::int64_t n, std::int64_t) {
    losses[static_cast<std::size_t>(n)] = image_of(x, t, weights, n).compare();
  });
  double sum = 0;
  for (const double loss : losses) sum += loss;
  *out.f32() = static_cast<float>(weight * sum / x.shape.n);
}

// The device, what comes in, what goes out: as ms_ssim_forward and a gradient.
// NOLINTNEXTLINE(readability-function-size)
void ms_ssim_backward(Cpu&, ConstView x, ConstView t, ConstView dout, Grad dx, float weight, View,
                      ConstView mask) {
  const PixelMask weights = pixel_mask("ms_ssim_backward", mask, x.shape);
  const std::int64_t floats = x.shape.size() / x.shape.n;
  const float k = weight * *dout.f32() / static_cast<float>(x.shape.n);
  parallel_stretches(x.shape.n, 1, [&](std::int64_t n, std::int64_t) {
    Image image = image_of(x, t, weights, n);
    image.compare();
    const Floats gradient = image.gradient();
    for (std::int64_t i = 0; i < floats; ++i)
      put(dx, n * floats + i, k * gradient[static_cast<std::size_t>(i)]);
  });
}

}  // namespace cameo::kernels
