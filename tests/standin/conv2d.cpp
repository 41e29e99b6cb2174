// SPDX-License-Identifier: MIT
// make_conv2d() by plain loops, in the place of cuDNN's.
#include "kernels/conv2d.h"

#include <cstdint>
#include <vector>

#include "kernels/cuda/launch.h"
#include "kernels/cuda/typed.h"

namespace cameo::kernels {
namespace {

std::int64_t at(Shape s, int n, int h, int w) {
  return ((std::int64_t{n} * s.h + h) * s.w + w) * s.c;
}

/// Calls body(x, w, y), offsets of the first channel, for each pixel of output picture n and each
/// tap of the window that falls on the input; w is that of output channel 0.
template <class F>
void each_tap(const Conv2dSpec& s, int n, F body) {
  for (int oy = 0; oy < s.y.h; ++oy)
    for (int ox = 0; ox < s.y.w; ++ox)
      for (int ky = 0; ky < s.w.h; ++ky)
        for (int kx = 0; kx < s.w.w; ++kx) {
          const int iy = oy * s.stride - s.pad.top + ky, ix = ox * s.stride - s.pad.left + kx;
          if (iy >= 0 && iy < s.x.h && ix >= 0 && ix < s.x.w)
            body(at(s.x, n, iy, ix), at(s.w, 0, ky, kx), at(s.y, n, oy, ox));
        }
}

/// Sums in float32, stored once at the end.
template <class T>
void store(const std::vector<float>& sums, T* out, bool add) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    out[i] = from_float<T>(add ? to_float(out[i]) + sums[i] : sums[i]);
}

template <class T>
__global__ void conv_forward(Conv2dSpec s, const T* x, const T* w, T* y) {
  const std::int64_t window = at(s.w, 1, 0, 0), picture = at(s.y, 1, 0, 0);
  for (int n = 0; n < s.y.n; ++n) {
    std::vector<float> sums(static_cast<std::size_t>(picture));
    each_tap(s, n, [&](std::int64_t in, std::int64_t tap, std::int64_t out) {
      for (int o = 0; o < s.y.c; ++o)
        for (int c = 0; c < s.x.c; ++c)
          sums[static_cast<std::size_t>(out - n * picture + o)] +=
              to_float(x[in + c]) * to_float(w[o * window + tap + c]);
    });
    store(sums, y + n * picture, false);
  }
}

template <class T>
__global__ void conv_to_input(Conv2dSpec s, const T* dy, const T* w, T* dx, bool add) {
  const std::int64_t window = at(s.w, 1, 0, 0), picture = at(s.x, 1, 0, 0);
  for (int n = 0; n < s.x.n; ++n) {
    std::vector<float> sums(static_cast<std::size_t>(picture));
    each_tap(s, n, [&](std::int64_t in, std::int64_t tap, std::int64_t out) {
      for (int o = 0; o < s.y.c; ++o)
        for (int c = 0; c < s.x.c; ++c)
          sums[static_cast<std::size_t>(in - n * picture + c)] +=
              to_float(dy[out + o]) * to_float(w[o * window + tap + c]);
    });
    store(sums, dx + n * picture, add);
  }
}

template <class T>
__global__ void conv_to_weights(Conv2dSpec s, const T* x, const T* dy, T* dw, bool add) {
  const std::int64_t window = at(s.w, 1, 0, 0);
  std::vector<float> sums(static_cast<std::size_t>(s.w.size()));
  for (int n = 0; n < s.x.n; ++n)
    each_tap(s, n, [&](std::int64_t in, std::int64_t tap, std::int64_t out) {
      for (int o = 0; o < s.y.c; ++o)
        for (int c = 0; c < s.x.c; ++c)
          sums[static_cast<std::size_t>(o * window + tap + c)] +=
              to_float(dy[out + o]) * to_float(x[in + c]);
    });
  store(sums, dw, add);
}

class LoopConv2d final : public Conv2d {
 public:
  LoopConv2d(Cuda& on, const Conv2dSpec& spec) : on_(on), spec_(spec) {}

  std::size_t scratch_bytes() const override { return 0; }

  void forward(ConstView x, ConstView w, View y, View) override {
    with_type("conv2d", y.dtype, {x.dtype, w.dtype}, [&](auto t) {
      using T = decltype(t);
      launch(on_, conv_forward<T>, 1, 1, spec_, in<T>(x), in<T>(w), out<T>(y));
    });
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, View) override {
    const DType types[] = {dx ? dx.view.dtype : dy.dtype, dw ? dw.view.dtype : dy.dtype};
    with_type("conv2d", dy.dtype, {x.dtype, w.dtype, types[0], types[1]}, [&](auto t) {
      using T = decltype(t);
      if (dx) launch(on_, conv_to_input<T>, 1, 1, spec_, in<T>(dy), in<T>(w), out<T>(dx), adds(dx));
      if (dw)
        launch(on_, conv_to_weights<T>, 1, 1, spec_, in<T>(x), in<T>(dy), out<T>(dw), adds(dw));
    });
  }

  std::string ways() const override { return "loops"; }

 private:
  Cuda& on_;
  Conv2dSpec spec_;
};

}  // namespace

std::unique_ptr<Conv2d> make_conv2d(Cuda& on, const Conv2dSpec& spec) {
  return std::make_unique<LoopConv2d>(on, spec);
}

}  // namespace cameo::kernels
