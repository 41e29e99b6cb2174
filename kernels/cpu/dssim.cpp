// SPDX-License-Identifier: MIT
#include "kernels/dssim.h"

#include <array>
#include <vector>

#include "kernels/cpu/sum.h"

namespace cameo::kernels {
namespace {

constexpr int kRim = kSsimWindow - 1;  // what an image loses to whole windows, or gains back

/// out[i] = sum over k of weights[k] * in[i + k * apart].
CAMEO_SIMD void filter_line(const float* in, std::int64_t apart, const float* weights, float* out,
                            std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = weights[0] * in[i];
  for (int k = 1; k < kSsimWindow; ++k) {
    const float* from = in + k * apart;
    for (std::int64_t i = 0; i < count; ++i) out[i] += weights[k] * from[i];
  }
}

/// A map of one image: rows x columns x channels.
struct Extent {
  std::int64_t rows, columns, channels;
  std::int64_t width() const { return columns * channels; }
  std::size_t size() const { return static_cast<std::size_t>(rows * width()); }
  Extent grown(int by) const { return {rows + by, columns + by, channels}; }
};

/// One image's windows, on one thread.
class Windows {
 public:
  explicit Windows(Shape x) : whole_{x.h, x.w, x.c} {
    for (auto& map : means_) map.resize(inner().size());
  }
  Extent inner() const { return whole_.grown(-kRim); }

  /// f(i, slopes) for each window i of an image and its target.
  template <class F>
  void compare(const float* x, const float* t, F f) {
    filter(x, whole_, means_[0].data());
    filter(t, whole_, means_[1].data());
    filter_product(x, x, means_[2]);
    filter_product(t, t, means_[3]);
    filter_product(x, t, means_[4]);
    for (std::size_t i = 0; i < inner().size(); ++i)
      f(i, ssim_slopes({means_[0][i], means_[1][i], means_[2][i], means_[3][i], means_[4][i]}));
  }

  /// Spreads a map of windows over the pixels that lie in them: the filter's transpose.
  void spread(const float* map, std::vector<float>& out) {
    const Extent padded = whole_.grown(kRim), in = inner();
    padded_.assign(padded.size(), 0.0F);
    for (std::int64_t row = 0; row < in.rows; ++row) {
      std::copy_n(map + row * in.width(), in.width(),
                  padded_.data() + (row + kRim) * padded.width() + kRim * in.channels);
    }
    out.resize(whole_.size());
    filter(padded_.data(), padded, out.data());
  }

 private:
  /// The window over a map: kRim fewer rows and columns come out.
  void filter(const float* in, Extent from, float* out) {
    const Extent to = from.grown(-kRim);
    line_.resize(static_cast<std::size_t>(from.width()));
    for (std::int64_t row = 0; row < to.rows; ++row) {
      const float* top = in + row * from.width();
      filter_line(top, from.width(), weights_.data(), line_.data(), from.width());
      filter_line(line_.data(), from.channels, weights_.data(), out + row * to.width(), to.width());
    }
  }
  void filter_product(const float* a, const float* b, std::vector<float>& out) {
    product_.resize(whole_.size());
    for (std::size_t i = 0; i < product_.size(); ++i) product_[i] = a[i] * b[i];
    filter(product_.data(), whole_, out.data());
  }

  Extent whole_;
  std::array<float, kSsimWindow> weights_ = ssim_window();
  std::array<std::vector<float>, 5> means_;
  std::vector<float> product_, line_, padded_;
};

}  // namespace

void dssim_forward(Cpu&, ConstView x, ConstView t, View out, float weight, View scratch,
                   ConstView mask) {
  const std::int64_t image = x.shape.size() / x.shape.n;
  const Shape windows = ssim_windows(x.shape);
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    Windows pair(x.shape);
    float* const map = scratch.f32() + n * (windows.size() / windows.n);
    pair.compare(x.f32() + n * image, t.f32() + n * image,
                 [&](auto i, const SsimSlopes& at) { map[i] = at.s; });
  });
  if (mask) {
    const WindowMask weights = window_mask("dssim_forward", mask, x.shape);
    const double sum =
        ordered_sum(windows.size(), [&](auto i) { return weights.at(i) * (1 - scratch.f32()[i]); });
    *out.f32() = static_cast<float>(weight * sum / static_cast<double>(windows.size()) / 2);
    return;
  }
  const double sum = ordered_sum(windows.size(), [&](auto i) { return scratch.f32()[i]; });
  *out.f32() = static_cast<float>(weight * (1 - sum / static_cast<double>(windows.size())) / 2);
}

// The device, what comes in, what goes out: as dssim_forward and a gradient.
// NOLINTNEXTLINE(readability-function-size)
void dssim_backward(Cpu&, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                    View scratch, ConstView mask) {
  const WindowMask weights = window_mask("dssim_backward", mask, x.shape);
  const std::int64_t image = x.shape.size() / x.shape.n;
  const Shape windows = ssim_windows(x.shape);
  const std::int64_t map = windows.size() / windows.n;
  const float k = -0.5F * weight * *dout.f32() / static_cast<float>(windows.size());
  parallel_stretches(x.shape.n, 1, [&](auto n, auto) {
    Windows pair(x.shape);
    const float *px = x.f32() + n * image, *pt = t.f32() + n * image;
    float* const by_x = scratch.f32() + 3 * n * map;
    float *const by_xx = by_x + map, *const by_xt = by_xx + map;
    pair.compare(px, pt, [&](auto i, const SsimSlopes& at) {
      const float share = weights.at(n * map + static_cast<std::int64_t>(i));
      by_x[i] = share * at.x;
      by_xx[i] = share * at.xx;
      by_xt[i] = share * at.xt;
    });
    std::vector<float> of_x, of_xx, of_xt;
    pair.spread(by_x, of_x);
    pair.spread(by_xx, of_xx);
    pair.spread(by_xt, of_xt);
    for (std::size_t i = 0; i < of_x.size(); ++i) {
      put(dx, n * image + static_cast<std::int64_t>(i),
          k * (of_x[i] + 2 * px[i] * of_xx[i] + pt[i] * of_xt[i]));
    }
  });
}

}  // namespace cameo::kernels
