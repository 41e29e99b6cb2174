// SPDX-License-Identifier: MIT
#include "kernels/bce_with_logits.h"

#include "kernels/cuda/loss.cuh"

namespace cameo::kernels {

template <class T>
struct CrossEntropies {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  float label;
  template <int N>
  __device__ float at(std::int64_t i) const {
    const Floats<N> v = load<N>(x + i);
    float sum = 0;
    for (int k = 0; k < N; ++k) sum += bce(v.v[k], label);
    return sum;
  }
};

template <class T>
struct CrossEntropyGradients {
  static constexpr int kWidth = kWide<T>;
  const T* x;
  const float* dmean;
  float count, label;
  T* dx;
  bool add;
  template <int N>
  __device__ void at(std::int64_t i) const {
    const float share = *dmean / count;
    Floats<N> v = load<N>(x + i);
    for (int k = 0; k < N; ++k) v.v[k] = bce_grad(v.v[k], label, share);
    put(dx + i, v, add);
  }
};

void bce_with_logits_forward(Cuda& on, ConstView x, View out, float label) {
  check(out.dtype == DType::F32, "bce_with_logits_forward: the loss must be float32");
  const std::int64_t count = x.shape.size();
  dispatch_dtype(x.dtype, [&](auto type) {
    using T = decltype(type);
    auto* sums = reinterpret_cast<double*>(on.partials());
    const int blocks = run_sum(on, "bce_with_logits_forward", CrossEntropies<T>{in<T>(x), label},
                               count, aligned(x.data), sums);
    launch(on, finish_mean<float>, 1, kThreads, sums, blocks, count, out.f32());
  });
}

void bce_with_logits_backward(Cuda& on, ConstView x, ConstView dout, Grad dx, float label) {
  check(dout.dtype == DType::F32, "bce_with_logits_backward: the loss must be float32");
  const std::int64_t count = x.shape.size();
  dispatch_dtype("bce_with_logits_backward", x.dtype, {dx.view.dtype}, [&](auto type) {
    using T = decltype(type);
    run_flat(on,
             CrossEntropyGradients<T>{in<T>(x), dout.f32(), static_cast<float>(count), label,
                                      out<T>(dx), adds(dx)},
             count, aligned(x.data, dx.view.data));
  });
}

}  // namespace cameo::kernels
