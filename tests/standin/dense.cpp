// SPDX-License-Identifier: MIT
// make_dense() by plain loops, in the place of cuBLASLt's: the very products, so that their shapes
// are tested where no GPU is.
#include "kernels/dense.h"

#include "kernels/cuda/launch.h"
#include "kernels/cuda/typed.h"
#include "tests/standin/gemm_loops.h"

namespace cameo::kernels {
namespace {

template <class T>
__global__ void gemm(GemmSpec spec, const T* a, const T* b, T* d, T* bias, bool add) {
  gemm_loops(spec, a, b, d, bias, add);
}

class LoopDense final : public Dense {
 public:
  LoopDense(Cuda& on, const DenseSpec& spec) : on_(on), spec_(spec) {}

  std::size_t scratch_bytes() const override { return 0; }

  void forward(ConstView x, ConstView w, ConstView b, View y, View) override {
    product(gemm_forward(spec_), w, x, {y}, {const_cast<void*>(b.data), b.shape, b.dtype});
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, Grad db, View) override {
    if (dx) product(gemm_to_input(spec_), w, dy, dx, {});
    if (dw) product(gemm_to_weights(spec_), x, dy, dw, {});
    // Apart from dw, since each of the two is set or added to by itself.
    if (db) product(gemm_to_weights(spec_), x, dy, {{}, db.write}, db.view);
  }

  std::string ways() const override { return "loops"; }

 private:
  void product(const GemmSpec& spec, ConstView a, ConstView b, Grad d, View bias) {
    const DType types[] = {d ? d.view.dtype : a.dtype, bias ? bias.dtype : a.dtype};
    with_type("dense", a.dtype, {b.dtype, types[0], types[1]}, [&](auto t) {
      using T = decltype(t);
      launch(on_, gemm<T>, 1, 1, spec, in<T>(a), in<T>(b), out<T>(d), out<T>(bias), adds(d));
    });
  }

  Cuda& on_;
  DenseSpec spec_;
};

}  // namespace

std::unique_ptr<Dense> make_dense(Cuda& on, const DenseSpec& spec) {
  return std::make_unique<LoopDense>(on, spec);
}

}  // namespace cameo::kernels
