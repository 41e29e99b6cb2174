// SPDX-License-Identifier: MIT
// make_dense() by plain loops, in the place of cuBLASLt's: the very products, so that their shapes
// are tested where no GPU is.
#include "kernels/dense.h"

#include "kernels/check.h"
#include "kernels/cuda/launch.h"
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
    const DType dtype = a.dtype;
    check(b.dtype == dtype && (!d || d.view.dtype == dtype) && (!bias || bias.dtype == dtype),
          "dense: the stand-in takes one type for all operands");
    dtype == DType::BF16 ? typed<Bf16>(spec, a, b, d, bias) : typed<float>(spec, a, b, d, bias);
  }

  template <class T>
  void typed(const GemmSpec& spec, ConstView a, ConstView b, Grad d, View bias) {
    launch(on_, gemm<T>, 1, 1, spec, static_cast<const T*>(a.data), static_cast<const T*>(b.data),
           static_cast<T*>(d.view.data), static_cast<T*>(bias.data), d.write == Write::Add);
  }

  Cuda& on_;
  DenseSpec spec_;
};

}  // namespace

std::unique_ptr<Dense> make_dense(Cuda& on, const DenseSpec& spec) {
  return std::make_unique<LoopDense>(on, spec);
}

}  // namespace cameo::kernels
