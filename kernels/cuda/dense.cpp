// SPDX-License-Identifier: MIT
#include "kernels/dense.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "base/round_up.h"
#include "kernels/bias.h"
#include "kernels/cuda/cublas_lt.h"
#include "kernels/cuda/dispatch_dtype.h"
#include "kernels/cuda/gemv.h"
#include "kernels/cuda/libraries.h"
#include "kernels/cuda/operands.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels {
namespace {

using cublas_lt::Product;

constexpr std::size_t kAlign = 256;

GemmSpec gemm_of(const DenseSpec& spec, ConvPass pass) {
  switch (pass) {
    case ConvPass::Forward:
      return gemm_forward(spec);
    case ConvPass::BackwardData:
      return gemm_to_input(spec);
    case ConvPass::BackwardWeights:
      break;
  }
  return gemm_to_weights(spec);
}

class CudaDense final : public Dense {
 public:
  CudaDense(Cuda& on, const DenseSpec& spec)
      : on_(on),
        spec_(spec),
        dtype_(storage_dtype(on.options().precision)),
        handle_(cublas_lt::make_handle()) {
    if (spec.n > 1) prepare(ConvPass::Forward);  // one sample is a matter for gemv()
    if (spec.wants_dx) prepare(ConvPass::BackwardData);
    if (spec.wants_dw) prepare(ConvPass::BackwardWeights);
    sums_at_ = round_up(products_.workspace_bytes(), kAlign);
  }

  /// Behind the workspace there is room for a bias gradient that is not to be set.
  std::size_t scratch_bytes() const override {
    return sums_at_ + static_cast<std::size_t>(spec_.out) * bytes_of(dtype_);
  }

  void forward(ConstView x, ConstView w, ConstView b, View y, View scratch) override {
    check_types("dense", dtype_, {x, w, b, y});
    if (spec_.n == 1) return gemv(on_, x, w, b, y);
    const Product& product = products_.at(ConvPass::Forward);
    product.run(on_.stream(), {w.data, x.data, y.data, const_cast<void*>(b.data)}, false,
                scratch.data);
    if (product.spec().epilogue != Epilogue::Bias)
      bias_forward(on_, as_rows(y), b, {y.data, as_rows(y).shape, y.dtype});
  }

  void backward(ConstView x, ConstView w, ConstView dy, Grad dx, Grad dw, Grad db,
                View scratch) override {
    check_types("dense", dtype_, {x, w, dy});
    if (dx)
      products_.at(ConvPass::BackwardData)
          .run(on_.stream(), {w.data, dy.data, dx.view.data, nullptr}, adds(dx), scratch.data);
    const bool with_db =
        dw && db && !adds(db) &&
        products_.at(ConvPass::BackwardWeights).spec().epilogue == Epilogue::BiasGradient;
    if (dw) {
      void* const sums = with_db ? db.view.data : static_cast<std::byte*>(scratch.data) + sums_at_;
      products_.at(ConvPass::BackwardWeights)
          .run(on_.stream(), {x.data, dy.data, dw.view.data, sums}, adds(dw), scratch.data);
    }
    if (db && !with_db) bias_backward(on_, as_rows(dy), {}, db);
  }

  std::string algorithm_names() const override {
    std::string names = products_.names();
    if (spec_.n == 1) names = names.empty() ? "forward gemv" : "forward gemv, " + names;
    return names;
  }

 private:
  void prepare(ConvPass pass) {
    GemmSpec gemm = gemm_of(spec_, pass);
    const std::string key = key_of(spec_, pass) + key_tail(on_, "cuBLASLt " + cublas_lt_version());
    auto& product = products_.slot(pass);
    product = Product::make(on_, handle_, gemm, key);
    if (!product && gemm.epilogue != Epilogue::None) {  // a kernel of ours sees to the bias then
      gemm.epilogue = Epilogue::None;
      product = Product::make(on_, handle_, gemm, key + ", plain");
    }
    check(product.has_value(), ErrorCode::Device, key, ": cuBLASLt has no algorithm for it");
  }

  /// One row a sample, so that channels are outputs.
  ConstView as_rows(ConstView y) const { return {y.data, {spec_.n, 1, 1, spec_.out}, y.dtype}; }

  Cuda& on_;
  DenseSpec spec_;
  DType dtype_;
  std::shared_ptr<cublasLtContext> handle_;
  ByPass<Product> products_;
  std::size_t sums_at_ = 0;
};

}  // namespace

std::size_t estimate_dense_scratch(Cuda& on, const DenseSpec& spec) {
  return cublas_lt::kMostWorkspace +
         static_cast<std::size_t>(spec.out) * bytes_of(storage_dtype(on.options().precision));
}

std::unique_ptr<Dense> make_dense(Cuda& on, const DenseSpec& spec) {
  return std::make_unique<CudaDense>(on, spec);
}

}  // namespace cameo::kernels
