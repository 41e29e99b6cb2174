// SPDX-License-Identifier: MIT
#include "kernels/ms_ssim.h"

#include <algorithm>
#include <utility>

#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/flat.cuh"
#include "kernels/cuda/ssim.cuh"
#include "kernels/cuda/sum.cuh"

namespace cameo::kernels {
namespace {

/// One scale of all images.
struct Scale {
  Shape shape;
  const float *x, *t;  ///< x: nullptr at the finest, whose type may be another
  float* gradient;     ///< nullptr at the finest
  WindowMask mask;
  bool coarsest;
};

/// What each image has of each scale: numbers [scale][image].
struct Measures {
  float *unlike, *weights, *slopes;
};

struct Scales {
  int count = 0;
  Scale of[kMsSsimScales];
  float* maps;  ///< three maps of windows
  Measures measures;
};

/// Means of 2 x 2 pixels.
template <class T>
struct Halved {
  static constexpr int kWidth = 1;
  const T* from;
  Shape shape;  ///< of `from`
  float* to;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const Place half = place_of(i, halved(shape));
    const std::int64_t p = index_of({half.n, 2 * half.row, 2 * half.column, half.c}, shape);
    const std::int64_t line = std::int64_t{shape.w} * shape.c;
    to[i] = 0.25F * ((to_float(from[p]) + to_float(from[p + shape.c])) +
                     (to_float(from[p + line]) + to_float(from[p + line + shape.c])));
  }
};

template <class T>
__device__ inline SsimSlopes slopes_at(const T* x, const Scale& scale, const SsimWeights& weights,
                                       std::int64_t i) {
  const SsimMoments moments = moments_at(x, scale.t, scale.shape, i, weights);
  return scale.coarsest ? ssim_slopes(moments) : contrast_slopes(moments);
}

/// How unlike each window is.
template <class T>
struct Unlike {
  static constexpr int kWidth = 1;
  const T* x;
  Scale scale;
  SsimWeights weights;
  float* map;
  template <int N>
  __device__ void at(std::int64_t i) const {
    map[i] = (1 - slopes_at(x, scale, weights, i).s) / 2;
  }
};

/// The weighted mean over the windows of image blockIdx.x, and the sum of their weights.
__global__ void __launch_bounds__(kThreads)
    average_windows(const float* map, WindowMask mask, std::int64_t windows, float* mean,
                    float* weight) {
  const std::int64_t first = blockIdx.x * windows;
  double sum = 0, weights = 0;
  for (std::int64_t i = threadIdx.x; i < windows; i += kThreads) {
    const double share = mask.at(first + i);
    sum += share * map[first + i];
    weights += share;
  }
  sum = block_sum(sum);
  __syncthreads();
  weights = block_sum(weights);
  if (threadIdx.x != 0) return;
  mean[blockIdx.x] = weights > 0 ? static_cast<float>(sum / weights) : 0.0F;
  weight[blockIdx.x] = static_cast<float>(weights);
}

struct Exponents {
  double v[kMsSsimScales];
};

__device__ inline double similarity_of(float unlike) {
  const double similarity = 1 - double{unlike};
  return similarity > kMsSsimLeast ? similarity : double{kMsSsimLeast};
}

/// The batch's loss into *out, unless that is nullptr, and its slopes by each window's similarity.
__global__ void __launch_bounds__(kThreads)
    multiply_scales(Measures at, Exponents exponents, int scales, int images,
                    std::int64_t coarsest_windows, float weight, float* out) {
  double sum = 0;
  for (int n = static_cast<int>(threadIdx.x); n < images; n += kThreads) {
    double product = 1;
    // Unrolled, so that the exponents need no stack.
#pragma unroll
    for (int s = 0; s < kMsSsimScales; ++s)
      if (s < scales) product *= std::pow(similarity_of(at.unlike[s * images + n]), exponents.v[s]);
    const double share =
        weight * at.weights[(scales - 1) * images + n] / static_cast<double>(coarsest_windows);
#pragma unroll
    for (int s = 0; s < kMsSsimScales; ++s) {
      if (s >= scales) break;
      const int i = s * images + n;
      const double slope = at.weights[i] > 0 ? -0.5 * share * product * exponents.v[s] /
                                                   similarity_of(at.unlike[i]) / at.weights[i]
                                             : 0;
      at.slopes[i] = static_cast<float>(slope / images);
    }
    sum += share * (1 - product);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0 && out != nullptr) *out = static_cast<float>(sum / images);
}

/// maps: three of windows, derivatives by the means of x, x x and x t.
template <class T>
struct SlopeMaps {
  static constexpr int kWidth = 1;
  const T* x;
  Scale scale;
  SsimWeights weights;
  float* maps;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const SsimSlopes slopes = slopes_at(x, scale, weights, i);
    const std::int64_t map = ssim_windows(scale.shape).size();
    store_slopes(maps, map, i, scale.mask.at(i), slopes);
  }
};

/// A pixel's gradient: from the windows that it lies in, and from the coarser pixel it is part of.
template <class T>
struct PixelGradients {
  static constexpr int kWidth = 1;
  const T* x;
  Scale scale;
  SsimWeights weights;
  const float *maps, *slopes, *dout;
  const float* coarser;  ///< gradients; nullptr at the coarsest
  T* dx;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const Place pixel = place_of(i, scale.shape);
    float sum = slopes[pixel.n] * *dout *
                gather_slopes(maps, scale.shape, i, weights, to_float(x[i]), scale.t[i]);
    const Shape half = halved(scale.shape);
    const Place of{pixel.n, pixel.row / 2, pixel.column / 2, pixel.c};
    if (coarser != nullptr && of.row < half.h && of.column < half.w)
      sum += 0.25F * coarser[index_of(of, half)];
    put(dx + i, Floats<1>{{sum}}, add);
  }
};

/// Halves images, targets and masks into the scratch memory.
template <class T>
Scales make_scales(Cuda& on, const T* x, ConstView t, ConstView mask, Shape shape, View scratch) {
  Scales scales{ms_ssim_scales(shape), {}, out<float>(scratch), {}};
  float* room = scales.maps + 3 * ssim_windows(shape).size();
  const auto take = [&](std::int64_t floats) { return std::exchange(room, room + floats); };
  const std::int64_t numbers = std::int64_t{kMsSsimScales} * shape.n;
  scales.measures = {take(numbers), take(numbers), take(numbers)};
  for (int i = 0; i < scales.count; ++i) {
    Scale& scale = scales.of[i];
    scale.coarsest = i + 1 == scales.count;
    if (i == 0) {
      scale = {shape,         nullptr, t.f32(), nullptr, window_mask("ms_ssim", mask, shape),
               scale.coarsest};
      continue;
    }
    const Scale& finer = scales.of[i - 1];
    scale.shape = halved(finer.shape);
    const std::int64_t floats = scale.shape.size();
    float *to_x = take(floats), *to_t = take(floats);
    scale.gradient = take(floats);
    if (i == 1)
      run_flat(on, Halved<T>{x, shape, to_x}, floats, false);
    else
      run_flat(on, Halved<float>{finer.x, finer.shape, to_x}, floats, false);
    run_flat(on, Halved<float>{finer.t, finer.shape, to_t}, floats, false);
    scale.x = to_x;
    scale.t = to_t;
    float* const to_mask = take(floats / scale.shape.c);
    scale.mask = {nullptr, halved(finer.mask.mask), ssim_windows(scale.shape)};
    if (!mask) continue;
    run_flat(on, Halved<float>{finer.mask.weights, finer.mask.mask, to_mask},
             scale.mask.mask.size(), false);
    scale.mask.weights = to_mask;
  }
  return scales;
}

/// The batch's loss, unless `out` is nullptr, and what its gradient needs.
template <class T>
void compare(Cuda& on, const T* x, const Scales& scales, float weight, float* out) {
  Exponents exponents{};
  const auto weights = ms_ssim_weights(scales.count);
  std::copy(weights.begin(), weights.end(), exponents.v);
  const int images = scales.of[0].shape.n;
  std::int64_t windows = 0;
  for (int i = 0; i < scales.count; ++i) {
    const Scale& scale = scales.of[i];
    const std::int64_t all = ssim_windows(scale.shape).size();
    windows = all / images;
    if (i == 0)
      run_flat(on, Unlike<T>{x, scale, ssim_weights(), scales.maps}, all, false);
    else
      run_flat(on, Unlike<float>{scale.x, scale, ssim_weights(), scales.maps}, all, false);
    const std::ptrdiff_t at = std::ptrdiff_t{i} * images;
    launch(on, average_windows, static_cast<unsigned>(images), kThreads, scales.maps, scale.mask,
           windows, scales.measures.unlike + at, scales.measures.weights + at);
  }
  launch(on, multiply_scales, 1, kThreads, scales.measures, exponents, scales.count, images,
         windows, weight, out);
}

/// One scale's gradients; those of the next coarser one are there.
template <class T>
void spread(Cuda& on, const T* x, const Scales& scales, int i, const float* dout, T* dx, bool add) {
  const Scale& scale = scales.of[i];
  run_flat(on, SlopeMaps<T>{x, scale, ssim_weights(), scales.maps},
           ssim_windows(scale.shape).size(), false);
  run_flat(on,
           PixelGradients<T>{x, scale, ssim_weights(), scales.maps,
                             scales.measures.slopes + std::ptrdiff_t{i} * scale.shape.n, dout,
                             scale.coarsest ? nullptr : scales.of[i + 1].gradient, dx, add},
           scale.shape.size(), false);
}

}  // namespace

void ms_ssim_forward(Cuda& on, ConstView x, ConstView t, View out, float weight, View scratch,
                     ConstView mask) {
  check(t.dtype == DType::F32 && out.dtype == DType::F32,
        "ms_ssim_forward: target and loss must be float32");
  dispatch_dtype(x.dtype, [&](auto type) {
    using T = decltype(type);
    const Scales scales = make_scales(on, in<T>(x), t, mask, x.shape, scratch);
    compare(on, in<T>(x), scales, weight, out.f32());
  });
}

void ms_ssim_backward(Cuda& on, ConstView x, ConstView t, ConstView dout, Grad dx, float weight,
                      View scratch, ConstView mask) {
  check(t.dtype == DType::F32 && dout.dtype == DType::F32,
        "ms_ssim_backward: target and the loss's gradient must be float32");
  dispatch_dtype("ms_ssim_backward", x.dtype, {dx.view.dtype}, [&](auto type) {
    using T = decltype(type);
    const Scales scales = make_scales(on, in<T>(x), t, mask, x.shape, scratch);
    compare(on, in<T>(x), scales, weight, nullptr);
    for (int i = scales.count - 1; i > 0; --i)
      spread(on, scales.of[i].x, scales, i, dout.f32(), scales.of[i].gradient, false);
    spread(on, in<T>(x), scales, 0, dout.f32(), out<T>(dx), adds(dx));
  });
}

}  // namespace cameo::kernels
