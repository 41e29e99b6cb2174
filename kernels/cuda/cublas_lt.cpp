// SPDX-License-Identifier: MIT
#include "kernels/cuda/cublas_lt.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/cuda/timing.h"

namespace cameo::kernels::cublas_lt {
namespace {

constexpr int kTried = 8;  // the proposals behind are seldom faster

void check_status(cublasStatus_t status, const char* doing) {
  check(status == CUBLAS_STATUS_SUCCESS, ErrorCode::Device, "cuBLASLt: ", doing, ": ",
        cublasLtGetStatusString(status));
}

cudaDataType_t stored(Precision precision) {
  return precision == Precision::Bf16 ? CUDA_R_16BF : CUDA_R_32F;
}

cublasLtMatrixLayout_t layout(Precision precision, int rows, int columns, int distance) {
  cublasLtMatrixLayout_t layout = nullptr;
  check_status(
      cublasLtMatrixLayoutCreate(&layout, stored(precision), static_cast<std::uint64_t>(rows),
                                 static_cast<std::uint64_t>(columns), distance),
      "describing a matrix");
  return layout;
}

template <class T>
void set(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t name, const T& value) {
  check_status(cublasLtMatmulDescSetAttribute(product, name, &value, sizeof value),
               "describing a product");
}

template <class T>
void set(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t name,
         const T& value) {
  check_status(cublasLtMatmulPreferenceSetAttribute(preference, name, &value, sizeof value),
               "describing what is wanted");
}

cublasLtEpilogue_t epilogue(Epilogue of) {
  switch (of) {
    case Epilogue::Bias:
      return CUBLASLT_EPILOGUE_BIAS;
    case Epilogue::BiasGradient:
      return CUBLASLT_EPILOGUE_BGRADB;
    case Epilogue::None:
      break;
  }
  return CUBLASLT_EPILOGUE_DEFAULT;
}

/// The algorithm's number and settings, "66 20 4 1 0 0 0 0 2"; one it does not have counts as 0.
std::string name_of(const cublasLtMatmulAlgo_t& algorithm) {
  struct Setting {
    cublasLtMatmulAlgoConfigAttributes_t name;
    std::size_t bytes;
  };
  static constexpr Setting kSettings[] = {{CUBLASLT_ALGO_CONFIG_ID, 4},
                                          {CUBLASLT_ALGO_CONFIG_TILE_ID, 4},
                                          {CUBLASLT_ALGO_CONFIG_STAGES_ID, 4},
                                          {CUBLASLT_ALGO_CONFIG_SPLITK_NUM, 4},
                                          {CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, 4},
                                          {CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, 4},
                                          {CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, 4},
                                          {CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, 2},
                                          {CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, 2}};
  std::string name;
  for (const Setting& setting : kSettings) {
    std::uint32_t value = 0;  // the bytes not written stay zero: every GPU's host is little-endian
    std::size_t written = 0;
    cublasLtMatmulAlgoConfigGetAttribute(&algorithm, setting.name, &value, setting.bytes, &written);
    name += (name.empty() ? "" : " ") + std::to_string(value);
  }
  return name;
}

}  // namespace

std::shared_ptr<cublasLtContext> make_handle() {
  cublasLtHandle_t raw = nullptr;
  check_status(cublasLtCreate(&raw), "starting");
  return {raw, [](cublasLtHandle_t h) { cublasLtDestroy(h); }};
}

Product::Product(std::shared_ptr<cublasLtContext> handle, const GemmSpec& spec, Precision precision)
    : handle_(std::move(handle)),
      spec_(spec),
      a_(layout(precision, spec.ta ? spec.k : spec.m, spec.ta ? spec.m : spec.k, spec.lda)),
      b_(layout(precision, spec.tb ? spec.n : spec.k, spec.tb ? spec.k : spec.n, spec.ldb)),
      d_(layout(precision, spec.m, spec.n, spec.ldd)) {
  cublasLtMatmulDesc_t raw = nullptr;
  const auto sums =
      precision == Precision::Tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  check_status(cublasLtMatmulDescCreate(&raw, sums, CUDA_R_32F), "describing a product");
  product_.reset(raw);
  set(raw, CUBLASLT_MATMUL_DESC_TRANSA, spec.ta ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(raw, CUBLASLT_MATMUL_DESC_TRANSB, spec.tb ? CUBLAS_OP_T : CUBLAS_OP_N);
  set(raw, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue(spec.epilogue));
  if (spec.epilogue == Epilogue::None) return;
  set(raw, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, static_cast<std::int32_t>(stored(precision)));
  // Only its alignment matters before the first run.
  alignas(256) static const char aligned = 0;
  set(raw, CUBLASLT_MATMUL_DESC_BIAS_POINTER, static_cast<const void*>(&aligned));
}

std::vector<Product::Algorithm> Product::algorithms() const {
  cublasLtMatmulPreference_t raw = nullptr;
  check_status(cublasLtMatmulPreferenceCreate(&raw), "describing what is wanted");
  const Owned<cublasLtMatmulPreference_t> preference(raw);
  set(raw, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, kMostWorkspace);
  // The others add up in the type of D, which may be bfloat16.
  set(raw, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  std::array<cublasLtMatmulHeuristicResult_t, kTried> results = {};
  int count = 0;
  const auto status =
      cublasLtMatmulAlgoGetHeuristic(handle_.get(), product_.get(), a_.get(), b_.get(), d_.get(),
                                     d_.get(), raw, kTried, results.data(), &count);
  std::vector<Algorithm> algorithms;
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE)
    return algorithms;
  check_status(status, "asking for algorithms");
  for (const auto& result : std::span(results).first(static_cast<std::size_t>(count)))
    if (result.state == CUBLAS_STATUS_SUCCESS)
      algorithms.push_back({result.algo, result.workspaceSize, name_of(result.algo)});
  return algorithms;
}

Product::Algorithm Product::pick(Cuda& on, const std::string& key,
                                 std::vector<Algorithm> all) const {
  const DType dtype = storage_dtype(on.options().precision);
  Memory a, b, d, bias, workspace;
  const auto find = [&](const std::string& name) -> std::optional<Algorithm> {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const Algorithm& one) { return one.name == name; });
    return at == all.end() ? std::nullopt : std::optional(*at);
  };
  const auto candidates = [&] {
    if (!on.options().time_plans || all.size() == 1) return all;
    std::size_t most = 1;
    for (const Algorithm& one : all) most = std::max(most, one.workspace_bytes);
    workspace = on.allocate(most);
    a = dummy_input(on, std::int64_t{spec_.m} * spec_.k, dtype);
    b = dummy_input(on, std::int64_t{spec_.k} * spec_.n, dtype);
    d = dummy_input(on, std::int64_t{spec_.m} * spec_.n, dtype);
    bias = dummy_input(on, std::max(spec_.m, spec_.n), dtype);
    return all;
  };
  const auto time = [&](const Algorithm& algorithm, double) {
    return static_cast<double>(milliseconds(on, [&] {
      run(algorithm, on.stream(), {a.get(), b.get(), d.get(), bias.get()}, false, workspace.get());
    }));
  };
  return pick_algorithm(
      on, key, on.options().time_plans, find, candidates,
      [](const Algorithm& one) { return one.name; }, time);
}

std::optional<Product> Product::make(Cuda& on, std::shared_ptr<cublasLtContext> handle,
                                     const GemmSpec& spec, const std::string& key) {
  Product product(std::move(handle), spec, on.options().precision);
  auto algorithms = product.algorithms();
  if (algorithms.empty()) return std::nullopt;
  product.algorithm_ = product.pick(on, key, std::move(algorithms));
  return product;
}

void Product::run(CUstream_st* stream, const Operands& operands, bool add, void* workspace) const {
  run(algorithm_, stream, operands, add, workspace);
}

void Product::run(const Algorithm& algorithm, CUstream_st* stream, const Operands& operands,
                  bool add, void* workspace) const {
  if (spec_.epilogue != Epilogue::None)
    set(product_.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, operands.bias);
  const float alpha = 1, beta = add ? 1 : 0;
  check_status(
      cublasLtMatmul(handle_.get(), product_.get(), &alpha, operands.a, a_.get(), operands.b,
                     b_.get(), &beta, operands.d, d_.get(), operands.d, d_.get(),
                     &algorithm.settings, workspace, algorithm.workspace_bytes, stream),
      "running a product");
}

}  // namespace cameo::kernels::cublas_lt
