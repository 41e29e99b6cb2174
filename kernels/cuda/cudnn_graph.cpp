// SPDX-License-Identifier: MIT
#include "kernels/cuda/cudnn_graph.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"

namespace cameo::kernels::cudnn {
namespace {

constexpr std::int64_t kX = 1, kW = 2, kY = 3;  // the tensors' names within a graph
constexpr std::int64_t kAlignment = 16;         // bytes: what the widest loads need

/// cuDNN orders dimensions N, C, H, W whatever the layout; the strides say that it is NHWC.
Descriptor tensor(std::int64_t name, Shape s, DType dtype) {
  const std::int64_t n = s.n, h = s.h, w = s.w, c = s.c;
  Descriptor tensor(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE,
           dtype == DType::BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::vector<std::int64_t>{n, c, h, w})
      .set(CUDNN_ATTR_TENSOR_STRIDES, std::vector<std::int64_t>{h * w * c, 1, w * c, c})
      .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, name)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment)
      .finalize("describing a tensor");
  return tensor;
}

Descriptor window(const Conv2dSpec& s) {
  const auto both = [](int rows, int columns) { return std::vector<std::int64_t>{rows, columns}; };
  Descriptor window(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT)
      .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
      .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2})
      .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, both(s.pad.top, s.pad.left))
      .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, both(s.pad.bottom, s.pad.right))
      .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, both(1, 1))
      .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, both(s.stride, s.stride))
      .finalize("describing a convolution");
  return window;
}

/// The attributes of an operation that are named apart for each pass.
struct OperationNames {
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t x, w, y, window, alpha, beta;
};

OperationNames names_of(ConvPass pass) {
  switch (pass) {
    case ConvPass::Forward:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
    case ConvPass::BackwardData:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case ConvPass::BackwardWeights:
      break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

Notes notes_of(const Descriptor& engine) {
  Notes notes;
  for (const auto note : engine.list<cudnnBackendNumericalNote_t>(
           CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT)) {
    notes.nondeterministic |= note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
    notes.tensor_cores |= note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
    notes.narrower_inputs |= note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
    notes.narrower_sums |= note == CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION;
  }
  for (const auto note : engine.list<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                                                 CUDNN_BEHAVIOR_NOTE_TYPE_COUNT))
    notes.compiles |= note == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;
  return notes;
}

Engine read_engine(Descriptor config) {
  const auto engines =
      config.descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
  check(!engines.empty(), ErrorCode::Device, "cuDNN: a proposal names no engine");
  std::ostringstream name;
  name << engines[0].get<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  std::map<int, std::int64_t> knobs;  // in order, so that the name does not depend on cuDNN's
  for (const Descriptor& knob :
       config.descriptors(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR,
                          CUDNN_KNOB_TYPE_COUNTS))
    knobs[knob.get<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE)] =
        knob.get<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE);
  for (const auto& [type, value] : knobs) name << ' ' << type << '=' << value;
  const Notes notes = notes_of(engines[0]);
  return {std::move(config), name.str(), notes};
}

}  // namespace

void check_status(cudnnStatus_t status, const std::string& doing) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 1024> more = {};
  cudnnGetLastErrorString(more.data(), more.size());
  fail(ErrorCode::Device, "cuDNN: ", doing, ": ", cudnnGetErrorString(status), more[0] ? ": " : "",
       more.data());
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  cudnnBackendDescriptor_t raw = nullptr;
  check_status(cudnnBackendCreateDescriptor(type, &raw), "creating a descriptor");
  raw_.reset(raw);
}

Descriptor& Descriptor::finalize(const char* doing) {
  check_status(cudnnBackendFinalize(raw()), doing);
  return *this;
}

std::vector<Descriptor> Descriptor::descriptors(cudnnBackendAttributeName_t name,
                                                cudnnBackendDescriptorType_t type,
                                                std::size_t most) const {
  std::vector<Descriptor> found;
  std::vector<void*> raws;
  for (std::size_t i = 0; i < most; ++i) raws.push_back(found.emplace_back(type).raw());
  const auto count =
      std::min(most, get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, raws.data()));
  found.erase(found.begin() + static_cast<std::ptrdiff_t>(count), found.end());
  return found;
}

std::size_t Descriptor::count(cudnnBackendAttributeName_t name) const {
  return get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
}

Descriptor& Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                std::size_t count, const void* values) {
  check_status(
      cudnnBackendSetAttribute(raw(), name, type, static_cast<std::int64_t>(count), values),
      "setting attribute " + std::to_string(name));
  return *this;
}

std::size_t Descriptor::get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                std::size_t most, void* values) const {
  std::int64_t count = 0;
  check_status(
      cudnnBackendGetAttribute(raw(), name, type, static_cast<std::int64_t>(most), &count, values),
      "reading attribute " + std::to_string(name));
  return static_cast<std::size_t>(count);
}

Descriptor device(int id) {
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set(CUDNN_ATTR_DEVICEPROP_DEVICE_ID, std::int32_t{id}).finalize("describing the device");
  return device;
}

Descriptor device(const std::string& json) {
  Descriptor device(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, json)
      .finalize("reading a device's properties");
  return device;
}

ConvGraph::ConvGraph(const Conv2dSpec& spec, ConvPass pass, DType dtype)
    : graph_(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) {
  parts_.push_back(tensor(kX, spec.x, dtype));
  parts_.push_back(tensor(kW, spec.w, dtype));
  parts_.push_back(tensor(kY, spec.y, dtype));
  parts_.push_back(window(spec));
  const OperationNames names = names_of(pass);
  Descriptor& operation = parts_.emplace_back(names.type);
  operation.set(names.x, parts_[0])
      .set(names.w, parts_[1])
      .set(names.y, parts_[2])
      .set(names.window, parts_[3])
      .set(names.alpha, 1.0F)
      .set(names.beta, 0.0F)
      .finalize("describing an operation");
  graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operation).finalize("describing a graph");
}

std::vector<Engine> proposals(const ConvGraph& graph, const Descriptor& device,
                              cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph.descriptor())
      .set(CUDNN_ATTR_ENGINEHEUR_MODE, mode)
      .set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, device);
  std::vector<Engine> engines;
  if (!heuristics.try_finalize()) return engines;
  const std::size_t count = heuristics.count(CUDNN_ATTR_ENGINEHEUR_RESULTS);
  for (Descriptor& config : heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                                   CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, count))
    engines.push_back(read_engine(std::move(config)));
  return engines;
}

std::optional<Plan> Plan::make(Engine engine, const Descriptor& device) {
  Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, engine.config)
      .set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, device);
  if (!plan.try_finalize()) return std::nullopt;
  return Plan(std::move(engine), std::move(plan));
}

Plan::Plan(Engine engine, Descriptor plan)
    : engine_(std::move(engine)),
      plan_(std::move(plan)),
      workspace_bytes_(static_cast<std::size_t>(
          plan_.get<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE))) {}

void Plan::execute(cudnnHandle_t handle, const Operands& operands, void* workspace) const {
  const auto pointer = [](const void* data) { return const_cast<void*>(data); };
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::vector<std::int64_t>{kX, kW, kY})
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
           std::vector<void*>{pointer(operands.x), pointer(operands.w), pointer(operands.y)})
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
      .finalize("placing the operands");
  check_status(cudnnBackendExecute(handle, plan_.raw(), pack.raw()), "running a plan");
}

std::shared_ptr<cudnnContext> handle_on(CUstream_st* stream) {
  static std::mutex mutex;
  static std::map<CUstream_st*, std::weak_ptr<cudnnContext>> handles;
  const std::lock_guard lock(mutex);
  auto& known = handles[stream];
  if (auto handle = known.lock()) return handle;
  cudnnHandle_t raw = nullptr;
  check_status(cudnnCreate(&raw), "starting");
  std::shared_ptr<cudnnContext> handle(raw, [](cudnnHandle_t h) { cudnnDestroy(h); });
  check_status(cudnnSetStream(raw, stream), "choosing the stream");
  known = handle;
  return handle;
}

}  // namespace cameo::kernels::cudnn
