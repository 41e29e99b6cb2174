// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>

#include "cublasLt.h"
#include "tests/standin/gemm_loops.h"

using cameo::Bf16;
using cameo::kernels::Epilogue;
using cameo::kernels::GemmSpec;

struct cublasLtContext {};
struct cublasLtMatmulDescOpaque_t {
  cublasComputeType_t sums{};
  std::int32_t ta = CUBLAS_OP_N, tb = CUBLAS_OP_N, bias_type = -1;
  std::uint32_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  void* bias = nullptr;
};
struct cublasLtMatrixLayoutOpaque_t {
  cudaDataType_t type{};
  std::uint64_t rows = 0, columns = 0;
  std::int64_t distance = 0;
};
struct cublasLtMatmulPreferenceOpaque_t {
  std::uint64_t workspace = 0;
  std::uint32_t reductions = 7;  // as cuBLASLt: all kinds, if nobody objects
};

namespace {

struct AlgorithmKind {
  std::uint32_t number, split;
  std::size_t workspace;
  float milliseconds;
};

// The fastest wants more workspace than it may have; the next is not the first.
constexpr AlgorithmKind kKinds[] = {
    {66, 1, 0, 3}, {67, 8, std::size_t{33} << 20, 0.5F}, {66, 4, 3000, 1}, {21, 1, 0, 2}};

constexpr std::uintptr_t kAlign = 256;

bool is_aligned(const void* at) {
  return at != nullptr && reinterpret_cast<std::uintptr_t>(at) % kAlign == 0;
}

template <class T>
bool take(T& to, const void* value, std::size_t bytes) {
  if (bytes != sizeof to) return false;
  std::memcpy(&to, value, bytes);
  return true;
}

/// False where the matrices do not fit together.
bool read_spec(GemmSpec& spec, const cublasLtMatmulDescOpaque_t& product,
               const cublasLtMatrixLayoutOpaque_t& a, const cublasLtMatrixLayoutOpaque_t& b,
               const cublasLtMatrixLayoutOpaque_t& d) {
  const bool ta = product.ta == CUBLAS_OP_T, tb = product.tb == CUBLAS_OP_T;
  const auto k = ta ? a.rows : a.columns;
  if ((ta ? a.columns : a.rows) != d.rows || (tb ? b.rows : b.columns) != d.columns ||
      (tb ? b.columns : b.rows) != k || a.type != b.type || a.type != d.type)
    return false;
  for (const auto* layout : {&a, &b, &d})
    if (layout->distance < static_cast<std::int64_t>(layout->rows)) return false;
  spec = {.m = static_cast<int>(d.rows),
          .n = static_cast<int>(d.columns),
          .k = static_cast<int>(k),
          .ta = ta,
          .tb = tb,
          .lda = static_cast<int>(a.distance),
          .ldb = static_cast<int>(b.distance),
          .ldd = static_cast<int>(d.distance),
          .epilogue = product.epilogue == CUBLASLT_EPILOGUE_BIAS     ? Epilogue::Bias
                      : product.epilogue == CUBLASLT_EPILOGUE_BGRADB ? Epilogue::BiasGradient
                                                                     : Epilogue::None};
  return spec.epilogue == Epilogue::None ||
         (is_aligned(product.bias) && product.bias_type == static_cast<std::int32_t>(d.type));
}

/// All that a product needs when the stream comes to it.
struct Run {
  GemmSpec spec;
  const void *a, *b;
  void *d, *bias, *workspace;
  bool add, tf32;
  AlgorithmKind kind;

  bool is_on_device() const {
    using standin::is_handed_out;
    return is_handed_out(a) && is_handed_out(b) && is_handed_out(d) &&
           (spec.epilogue == Epilogue::None || is_handed_out(bias)) &&
           (kind.workspace == 0 || is_handed_out(workspace));
  }

  template <class T>
  void go() const {
    constexpr int kScribble = 0xff;  // a NaN, whoever reads it
    if (kind.workspace > 0) std::memset(workspace, kScribble, kind.workspace);
    const auto* const of_a = static_cast<const T*>(a);
    const auto* const of_b = static_cast<const T*>(b);
    auto* const to = static_cast<T*>(d);
    auto* const sums = static_cast<T*>(bias);
    if (tf32)
      gemm_loops(spec, of_a, of_b, to, sums, add, cameo::kernels::AsTf32{});
    else
      gemm_loops(spec, of_a, of_b, to, sums, add, cameo::kernels::AsStored{});
    standin::spend(kind.milliseconds);
  }
};

}  // namespace

bool& standin::cublas_lt_epilogues() {
  static bool are_there = true;
  return are_there;
}

// NOLINTBEGIN(readability-identifier-naming): cuBLASLt's names
std::size_t cublasLtGetVersion() {
  return 130100;
}

const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_INVALID_VALUE   ? "CUBLAS_STATUS_INVALID_VALUE"
         : status == CUBLAS_STATUS_NOT_SUPPORTED ? "CUBLAS_STATUS_NOT_SUPPORTED"
                                                 : "CUBLAS_STATUS_SUCCESS";
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  *handle = new cublasLtContext;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* product, cublasComputeType_t sums,
                                        cudaDataType_t scale) {
  if (scale != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
  *product = new cublasLtMatmulDescOpaque_t{.sums = sums};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t product) {
  delete product;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t product,
                                              cublasLtMatmulDescAttributes_t name,
                                              const void* value, std::size_t bytes) {
  bool fits = false;
  switch (name) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      fits = take(product->ta, value, bytes);
      break;
    case CUBLASLT_MATMUL_DESC_TRANSB:
      fits = take(product->tb, value, bytes);
      break;
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      fits = take(product->epilogue, value, bytes);
      break;
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      fits = take(product->bias, value, bytes);
      break;
    case CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE:
      fits = take(product->bias_type, value, bytes);
      break;
  }
  return fits ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType_t type,
                                          std::uint64_t rows, std::uint64_t columns,
                                          std::int64_t distance) {
  *layout = new cublasLtMatrixLayoutOpaque_t{type, rows, columns, distance};
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  delete layout;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* wish) {
  *wish = new cublasLtMatmulPreferenceOpaque_t;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t wish) {
  delete wish;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t wish,
                                                    cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* value, std::size_t bytes) {
  const bool fits = name == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
                        ? take(wish->workspace, value, bytes)
                        : take(wish->reductions, value, bytes);
  return fits ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t name,
                                                    void* value, std::size_t bytes,
                                                    std::size_t* written) {
  const AlgorithmKind& kind = kKinds[algorithm->data[0]];
  if (name == CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID) return CUBLAS_STATUS_NOT_SUPPORTED;
  const bool is_short = name == CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID;
  *written = is_short ? 2 : 4;
  if (bytes != *written) return CUBLAS_STATUS_INVALID_VALUE;
  const std::uint32_t answer = name == CUBLASLT_ALGO_CONFIG_ID           ? kind.number
                               : name == CUBLASLT_ALGO_CONFIG_SPLITK_NUM ? kind.split
                                                                         : 0;
  std::memcpy(value, &answer, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

// NOLINTNEXTLINE(readability-function-size): so many parameters has cuBLASLt's
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t product,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t wish, int most,
                                              cublasLtMatmulHeuristicResult_t* results,
                                              int* count) {
  GemmSpec spec;
  *count = 0;
  if (!read_spec(spec, *product, *a, *b, *d) || c != d) return CUBLAS_STATUS_INVALID_VALUE;
  if (wish->reductions != CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE)
    return CUBLAS_STATUS_INVALID_VALUE;  // else it would add up in bfloat16
  if (spec.epilogue != Epilogue::None && !standin::cublas_lt_epilogues())
    return CUBLAS_STATUS_NOT_SUPPORTED;
  for (std::size_t i = 0; i < std::size(kKinds) && *count < most; ++i)
    if (kKinds[i].workspace <= wish->workspace)
      results[(*count)++] = {
          .algo = {{i}}, .workspaceSize = kKinds[i].workspace, .state = CUBLAS_STATUS_SUCCESS};
  return CUBLAS_STATUS_SUCCESS;
}

// NOLINTNEXTLINE(readability-function-size): the same
cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t product, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace,
                              std::size_t workspace_bytes, cudaStream_t stream) {
  const AlgorithmKind& kind = kKinds[algorithm->data[0]];
  const float factor = *static_cast<const float*>(alpha), before = *static_cast<const float*>(beta);
  Run run{.a = a,
          .b = b,
          .d = d,
          .bias = product->bias,
          .workspace = workspace,
          .add = before == 1,
          .tf32 = product->sums == CUBLAS_COMPUTE_32F_FAST_TF32,
          .kind = kind};
  const bool fits = read_spec(run.spec, *product, *a_layout, *b_layout, *d_layout) &&
                    c_layout == d_layout && c == d && is_aligned(a) && is_aligned(b) &&
                    is_aligned(d) && factor == 1 && (before == 0 || before == 1) &&
                    workspace_bytes >= kind.workspace &&
                    (kind.workspace == 0 || is_aligned(workspace));
  if (!fits || !run.is_on_device()) return CUBLAS_STATUS_INVALID_VALUE;
  const bool narrow = d_layout->type == CUDA_R_16BF;
  standin::submit(stream, [run, narrow] { narrow ? run.go<Bf16>() : run.go<float>(); });
  return CUBLAS_STATUS_SUCCESS;
}
// NOLINTEND(readability-identifier-naming)
