// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <cublasLt.h>

#include "kernels/cuda/context.h"
#include "kernels/cuda/gemm_spec.h"

namespace cameo::kernels::cublas_lt {

std::shared_ptr<cublasLtContext> make_handle();

/// Where the operands of a product lie on the device, each aligned to 256 bytes. bias: read or
/// written as the epilogue says.
struct Operands {
  const void* a = nullptr;
  const void* b = nullptr;
  void* d = nullptr;
  void* bias = nullptr;
};

constexpr std::size_t kMostWorkspace = std::size_t{32} << 20;  ///< bytes: splitting K needs some

/// One product of matrices stored as the context's precision says, with its algorithm.
class Product {
 public:
  /// Product with the algorithm that pick_algorithm() picks of the likeliest. Nothing if cuBLASLt
  /// has none with this epilogue.
  static std::optional<Product> make(Cuda& on, std::shared_ptr<cublasLtContext> handle,
                                     const GemmSpec& spec, const std::string& key);
  const GemmSpec& spec() const { return spec_; }
  const std::string& name() const { return algorithm_.name; }
  std::size_t workspace_bytes() const { return algorithm_.workspace_bytes; }
  /// `add`: adds to D instead of setting it; a bias gradient is always set.
  void run(CUstream_st* stream, const Operands& operands, bool add, void* workspace) const;

 private:
  struct Algorithm {
    cublasLtMatmulAlgo_t settings{};
    std::size_t workspace_bytes = 0;
    std::string name;  ///< the settings in one order
  };
  struct Destroy {
    void operator()(cublasLtMatmulDesc_t d) const { cublasLtMatmulDescDestroy(d); }
    void operator()(cublasLtMatrixLayout_t d) const { cublasLtMatrixLayoutDestroy(d); }
    void operator()(cublasLtMatmulPreference_t d) const { cublasLtMatmulPreferenceDestroy(d); }
  };
  template <class Handle>
  using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroy>;

  Product(std::shared_ptr<cublasLtContext> handle, const GemmSpec& spec, Precision precision);
  std::vector<Algorithm> algorithms() const;
  Algorithm pick(Cuda& on, const std::string& key, std::vector<Algorithm> all) const;
  void run(const Algorithm& algorithm, CUstream_st* stream, const Operands& operands, bool add,
           void* workspace) const;

  std::shared_ptr<cublasLtContext> handle_;
  GemmSpec spec_;
  Owned<cublasLtMatmulDesc_t> product_;
  Owned<cublasLtMatrixLayout_t> a_, b_, d_;
  Algorithm algorithm_;
};

}  // namespace cameo::kernels::cublas_lt
