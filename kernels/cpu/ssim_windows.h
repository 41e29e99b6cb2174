// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/cpu/loops.h"
#include "kernels/dssim.h"

// The windows of structural similarity on the CPU: means over them by two passes along lines.

namespace cameo::kernels {

inline constexpr int kRim = kSsimWindow - 1;  // what an image loses to whole windows, or gains back

/// out[i] = sum over k of weights[k] * in[i + k * apart].
void filter_line(const float* in, std::int64_t apart, const float* weights, float* out,
                 std::int64_t count);

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

  /// f(i, moments) for each window i of an image and its target.
  template <class F>
  void compare(const float* x, const float* t, F f) {
    filter(x, whole_, means_[0].data());
    filter(t, whole_, means_[1].data());
    filter_product(x, x, means_[2]);
    filter_product(t, t, means_[3]);
    filter_product(x, t, means_[4]);
    for (std::size_t i = 0; i < inner().size(); ++i)
      f(i, SsimMoments{means_[0][i], means_[1][i], means_[2][i], means_[3][i], means_[4][i]});
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

}  // namespace cameo::kernels
