// SPDX-License-Identifier: MIT
#include "cudnn.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/standin/conv_loops.h"
#include "tests/standin/cudnn_engines.h"
#include "tests/standin/cudnn_state.h"
#include "tests/standin/gemm_loops.h"

using cameo::Bf16;
using cameo::Shape;
using cameo::kernels::Conv2dSpec;
using cameo::kernels::ConvPass;
using standin::EngineKind;
using standin::engines;
using standin::Holder;
using standin::kTensorCore;
using standin::Ref;
using standin::State;
using standin::Value;

struct cudnnContext {
  cudaStream_t stream = nullptr;
};

namespace {

std::string& last_error() {
  static thread_local std::string text;
  return text;
}

cudnnStatus_t refuse(cudnnStatus_t status, const char* why) {
  last_error() = why;
  return status;
}

std::size_t size_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
      return 8;
    default:
      return 4;  // enumerations, float and int32
  }
}

/// The attributes of an operation, in the order x, w, y, window, alpha, beta.
struct Names {
  ConvPass direction;
  cudnnBackendAttributeName_t x, w, y, window, alpha, beta;
};

const Names* names_of(cudnnBackendDescriptorType_t type) {
  static const Names forward = {ConvPass::Forward,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
  static const Names to_input = {ConvPass::BackwardData,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
  static const Names to_weights = {ConvPass::BackwardWeights,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
  switch (type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
      return &forward;
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
      return &to_input;
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
      return &to_weights;
    default:
      return nullptr;
  }
}

/// Dimensions come as N, C, H, W.
Shape shape_of(const State& tensor) {
  const auto d = tensor.all<std::int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS);
  const auto at = [&](std::size_t i) { return static_cast<int>(d.at(i)); };
  return {at(0), at(2), at(3), at(1)};
}

Conv2dSpec spec_of(const State& operation, const Names& names) {
  const Ref window = operation.part(names.window);
  const auto pair = [&](cudnnBackendAttributeName_t name, std::size_t i) {
    return static_cast<int>(window->all<std::int64_t>(name).at(i));
  };
  return {.x = shape_of(*operation.part(names.x)),
          .w = shape_of(*operation.part(names.w)),
          .y = shape_of(*operation.part(names.y)),
          .stride = pair(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, 0),
          .pad = {pair(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 0),
                  pair(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 1),
                  pair(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 0),
                  pair(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 1)}};
}

const char* fault_of_tensor(const State& tensor) {
  const Shape s = shape_of(tensor);
  const std::int64_t h = s.h, w = s.w, c = s.c;
  if (tensor.all<std::int64_t>(CUDNN_ATTR_TENSOR_STRIDES) !=
      std::vector<std::int64_t>{h * w * c, 1, w * c, c})
    return "tensor: not NHWC";
  if (tensor.one<std::int64_t>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT) != 16) return "tensor: alignment";
  return nullptr;
}

const char* fault_of_window(const State& window) {
  const std::vector<std::int64_t> ones = {1, 1};
  if (window.one<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE) !=
      CUDNN_CROSS_CORRELATION)
    return "convolution: the window is flipped";
  if (window.one<std::int64_t>(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS) != 2 ||
      window.all<std::int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS) != ones)
    return "convolution: dimensions or dilations";
  return nullptr;
}

const char* fault_of_operation(const State& operation, const Names& names) {
  const auto type = [&](cudnnBackendAttributeName_t name) {
    return operation.part(name)->one<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE);
  };
  if (operation.one<float>(names.alpha) != 1 || operation.one<float>(names.beta) != 0)
    return "operation: only alpha 1 and beta 0";
  if (type(names.x) != type(names.w) || type(names.x) != type(names.y))
    return "operation: tensors of two types";
  const Conv2dSpec s = spec_of(operation, names);
  const auto after = [&](int size, int before, int behind, int window) {
    return (size + before + behind - window) / s.stride + 1;
  };
  if (s.y != Shape{s.x.n, after(s.x.h, s.pad.top, s.pad.bottom, s.w.h),
                   after(s.x.w, s.pad.left, s.pad.right, s.w.w), s.w.n} ||
      s.x.c != s.w.c)
    return "operation: the shapes do not fit";
  return nullptr;
}

cudnnStatus_t finalize_plan(State& plan) {
  const EngineKind* const kind = kind_of(*plan.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG));
  if (!plan.part(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP))
    return refuse(CUDNN_STATUS_BAD_PARAM, "plan: no device");
  if (kind->breaks) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "plan: not for this device");
  plan.put<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64,
                         {kind->workspace});
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t finalize_heuristics(State& heuristics) {
  if (!heuristics.part(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP))
    return refuse(CUDNN_STATUS_BAD_PARAM, "heuristics: no device");
  std::vector<Ref> results;
  for (const EngineKind& kind :
       engines(heuristics.one<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE)))
    results.push_back(engine_config(kind, heuristics.part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH)));
  heuristics.put(CUDNN_ATTR_ENGINEHEUR_RESULTS, results);
  return CUDNN_STATUS_SUCCESS;
}

/// What a run of a plan needs, all by value: the plan may be gone when the stream comes to it.
struct Run {
  Conv2dSpec spec;
  ConvPass direction{};
  void *x = nullptr, *w = nullptr, *y = nullptr, *workspace = nullptr;
  std::size_t workspace_bytes = 0;
  bool tensor_cores = false;
  float milliseconds = 0;

  template <class T>
  void go() const {
    constexpr int kScribble = 0xff;  // a NaN, whoever reads it
    if (workspace_bytes > 0) std::memset(workspace, kScribble, workspace_bytes);
    auto* const a = static_cast<T*>(x);
    auto* const b = static_cast<T*>(w);
    auto* const c = static_cast<T*>(y);
    if (tensor_cores && std::is_same_v<T, float>)
      conv_loops(spec, direction, a, b, c, cameo::kernels::AsTf32{});
    else
      conv_loops(spec, direction, a, b, c, cameo::kernels::AsStored{});
    standin::spend(milliseconds);
  }
};

bool place(Run& run, const State& pack) {
  const auto names = pack.all<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = pack.all<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  if (names != std::vector<std::int64_t>{1, 2, 3} || pointers.size() != 3) return false;
  run.x = pointers[0], run.w = pointers[1], run.y = pointers[2];
  run.workspace = pack.one<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  for (void* const pointer : {run.x, run.w, run.y, run.workspace})
    if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0) return false;
  for (const void* const pointer : {run.x, run.w, run.y})
    if (!standin::is_handed_out(pointer)) return false;
  return run.workspace_bytes == 0 || standin::is_handed_out(run.workspace);
}

}  // namespace

std::set<std::int64_t>& standin::cudnn_wrong_engines() {
  static std::set<std::int64_t> numbers;
  return numbers;
}

// NOLINTBEGIN(readability-identifier-naming): cuDNN's names
std::size_t cudnnGetVersion() {
  return 91900;
}

const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_BAD_PARAM       ? "CUDNN_STATUS_BAD_PARAM"
         : status == CUDNN_STATUS_NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED"
                                                : "CUDNN_STATUS_SUCCESS";
}

void cudnnGetLastErrorString(char* message, std::size_t most) {
  message[last_error().copy(message, most - 1)] = 0;
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  *handle = new cudnnContext;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                           cudnnBackendDescriptor_t* descriptor) {
  *descriptor = new Holder{std::make_shared<State>(State{type, false, {}})};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor) {
  delete static_cast<Holder*>(descriptor);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t count,
                                       const void* values) {
  State& state = *static_cast<Holder*>(descriptor)->state;
  if (state.is_final) return refuse(CUDNN_STATUS_BAD_PARAM, "set: the descriptor is final");
  Value value{type, count, {}, {}};
  const std::size_t bytes = static_cast<std::size_t>(count) * size_of(type);
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto* const part = static_cast<Holder* const*>(values)[i];
      if (!part->state->is_final) return refuse(CUDNN_STATUS_BAD_PARAM, "set: a part is not final");
      value.parts.push_back(part->state);
    }
  } else {
    const auto* const first = static_cast<const std::byte*>(values);
    value.bytes.assign(first, first + bytes);
  }
  state.values[name] = std::move(value);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t most,
                                       std::int64_t* count, void* values) {
  const State& state = *static_cast<Holder*>(descriptor)->state;
  *count = 0;
  const auto at = state.values.find(name);
  if (at == state.values.end()) return refuse(CUDNN_STATUS_NOT_SUPPORTED, "get: no such attribute");
  const Value& value = at->second;
  if (value.type != type) return refuse(CUDNN_STATUS_BAD_PARAM, "get: of another type");
  // cuDNN does not say how many choices there are beforehand.
  if (most == 0 && name == CUDNN_ATTR_ENGINECFG_KNOB_CHOICES) return CUDNN_STATUS_SUCCESS;
  *count = most == 0 ? value.count : std::min(most, value.count);
  if (most == 0) return CUDNN_STATUS_SUCCESS;
  if (type != CUDNN_TYPE_BACKEND_DESCRIPTOR) {
    std::memcpy(values, value.bytes.data(), static_cast<std::size_t>(*count) * size_of(type));
    return CUDNN_STATUS_SUCCESS;
  }
  for (std::int64_t i = 0; i < *count; ++i)
    static_cast<Holder**>(values)[i]->state =
        std::make_shared<State>(*value.parts[static_cast<std::size_t>(i)]);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor) {
  State& state = *static_cast<Holder*>(descriptor)->state;
  cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
  const char* fault = nullptr;
  if (state.type == CUDNN_BACKEND_TENSOR_DESCRIPTOR) fault = fault_of_tensor(state);
  if (state.type == CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR) fault = fault_of_window(state);
  if (const Names* const names = names_of(state.type)) fault = fault_of_operation(state, *names);
  if (state.type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) status = finalize_heuristics(state);
  if (state.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) status = finalize_plan(state);
  if (fault != nullptr) return refuse(CUDNN_STATUS_BAD_PARAM, fault);
  state.is_final = status == CUDNN_STATUS_SUCCESS;
  return status;
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t pack) {
  const Ref config =
      static_cast<Holder*>(plan)->state->part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  const EngineKind& kind = *kind_of(*config);
  const Ref operation =
      config->part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH)->part(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  const Names& names = *names_of(operation->type);
  Run run{.spec = spec_of(*operation, names),
          .direction = names.direction,
          .workspace_bytes = static_cast<std::size_t>(kind.workspace),
          .tensor_cores = std::count(kind.notes.begin(), kind.notes.end(), kTensorCore) > 0,
          .milliseconds = kind.milliseconds};
  if (standin::cudnn_wrong_engines().contains(kind.number)) {
    run.spec.pad.top = run.spec.pad.bottom;
    run.spec.pad.left = run.spec.pad.right;
  }
  if (!place(run, *static_cast<Holder*>(pack)->state))
    return refuse(CUDNN_STATUS_BAD_PARAM,
                  "execute: operands missing, not aligned or not on the device");
  const bool narrow = operation->part(names.x)->one<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE) ==
                      CUDNN_DATA_BFLOAT16;
  standin::submit(handle->stream, [run, narrow] { narrow ? run.go<Bf16>() : run.go<float>(); });
  return CUDNN_STATUS_SUCCESS;
}
// NOLINTEND(readability-identifier-naming)
