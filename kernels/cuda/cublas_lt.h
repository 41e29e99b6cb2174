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
  /// The algorithm known for `key`, else the fastest of the likeliest, else the first. Nothing if
  /// cuBLASLt has none with this epilogue.
  static std::optional<Product> make(Cuda& on, std::shared_ptr<cublasLtContext> handle,
                                     const GemmSpec& spec, const std::string& key);
  const GemmSpec& spec() const { return spec_; }
  const std::string& name() const { return way_.name; }
  std::size_t workspace_bytes() const { return way_.workspace_bytes; }
  /// `add`: adds to D instead of setting it; a bias gradient is always set.
  void run(CUstream_st* stream, const Operands& operands, bool add, void* workspace) const;

 private:
  struct Way {
    cublasLtMatmulAlgo_t algorithm{};
    std::size_t workspace_bytes = 0;
    std::string name;  ///< its settings, in one order
  };
  struct Destroy {
    void operator()(cublasLtMatmulDesc_t d) const { cublasLtMatmulDescDestroy(d); }
    void operator()(cublasLtMatrixLayout_t d) const { cublasLtMatrixLayoutDestroy(d); }
    void operator()(cublasLtMatmulPreference_t d) const { cublasLtMatmulPreferenceDestroy(d); }
  };
  template <class Handle>
  using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroy>;

  Product(std::shared_ptr<cublasLtContext> handle, const GemmSpec& spec, Precision precision);
  std::vector<Way> ways() const;
  Way choose_way(Cuda& on, const std::string& key, std::vector<Way> ways) const;
  void run(const Way& way, CUstream_st* stream, const Operands& operands, bool add,
           void* workspace) const;

  std::shared_ptr<cublasLtContext> handle_;
  GemmSpec spec_;
  Owned<cublasLtMatmulDesc_t> product_;
  Owned<cublasLtMatrixLayout_t> a_, b_, d_;
  Way way_;
};

}  // namespace cameo::kernels::cublas_lt
