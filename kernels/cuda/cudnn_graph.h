// SPDX-License-Identifier: MIT
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <cudnn.h>

#include "kernels/conv_pass.h"

// cuDNN's backend API: everything is a descriptor with attributes, set one by one, then finalised.

namespace cameo::kernels::cudnn {

/// Throws Error (ErrorCode::Device) with cuDNN's own account of what went wrong.
void check_status(cudnnStatus_t status, const std::string& doing);

template <class T>
constexpr cudnnBackendAttributeType_t attribute_type() {
  if constexpr (std::is_same_v<T, std::int64_t>) return CUDNN_TYPE_INT64;
  if constexpr (std::is_same_v<T, std::int32_t>) return CUDNN_TYPE_INT32;
  if constexpr (std::is_same_v<T, float>) return CUDNN_TYPE_FLOAT;
  if constexpr (std::is_same_v<T, bool>) return CUDNN_TYPE_BOOLEAN;
  if constexpr (std::is_same_v<T, char>) return CUDNN_TYPE_CHAR;
  if constexpr (std::is_same_v<T, void*>) return CUDNN_TYPE_VOID_PTR;
  if constexpr (std::is_same_v<T, cudnnDataType_t>) return CUDNN_TYPE_DATA_TYPE;
  if constexpr (std::is_same_v<T, cudnnConvolutionMode_t>) return CUDNN_TYPE_CONVOLUTION_MODE;
  if constexpr (std::is_same_v<T, cudnnBackendHeurMode_t>) return CUDNN_TYPE_HEUR_MODE;
  if constexpr (std::is_same_v<T, cudnnBackendKnobType_t>) return CUDNN_TYPE_KNOB_TYPE;
  if constexpr (std::is_same_v<T, cudnnBackendNumericalNote_t>) return CUDNN_TYPE_NUMERICAL_NOTE;
  if constexpr (std::is_same_v<T, cudnnBackendBehaviorNote_t>) return CUDNN_TYPE_BEHAVIOR_NOTE;
}

/// A backend descriptor and its attributes. All calls throw as check_status() does.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    return set_raw(name, attribute_type<T>(), 1, &value);
  }
  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<T>& values) {
    return set_raw(name, attribute_type<T>(), values.size(), values.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    void* const raw = value.raw();
    return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::string& text) {
    return set_raw(name, CUDNN_TYPE_CHAR, text.size(), text.data());
  }
  Descriptor& finalize(const char* doing);
  /// False if cuDNN does not support what the attributes ask for.
  bool try_finalize() { return cudnnBackendFinalize(raw()) == CUDNN_STATUS_SUCCESS; }

  template <class T>
  T get(cudnnBackendAttributeName_t name) const {
    T value{};
    get_raw(name, attribute_type<T>(), 1, &value);
    return value;
  }
  /// Up to `most` values.
  template <class T>
  std::vector<T> list(cudnnBackendAttributeName_t name, std::size_t most) const {
    std::vector<T> values(most);
    values.resize(std::min(most, get_raw(name, attribute_type<T>(), most, values.data())));
    return values;
  }
  /// Up to `most` descriptors of type `type`.
  std::vector<Descriptor> descriptors(cudnnBackendAttributeName_t name,
                                      cudnnBackendDescriptorType_t type, std::size_t most) const;
  /// How many descriptors the attribute holds.
  std::size_t count(cudnnBackendAttributeName_t name) const;

  cudnnBackendDescriptor_t raw() const { return raw_.get(); }

 private:
  struct Destroy {
    void operator()(void* raw) const { cudnnBackendDestroyDescriptor(raw); }
  };
  Descriptor& set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                      std::size_t count, const void* values);
  std::size_t get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                      std::size_t most, void* values) const;

  std::unique_ptr<void, Destroy> raw_;
};

/// What plans are made for: device `id` of this machine,
Descriptor device(int id);
/// or one that need not be there, by the properties cuDNN asks for (tests/plans/h100.json).
Descriptor device(const std::string& json);

/// One pass of a convolution, sums in float32, x, w, y (or their gradients) of one type.
class ConvGraph {
 public:
  ConvGraph(const Conv2dSpec& spec, ConvPass pass, DType dtype);
  const Descriptor& descriptor() const { return graph_; }

 private:
  std::vector<Descriptor> parts_;
  Descriptor graph_;
};

/// What cuDNN says of an engine.
struct Notes {
  bool nondeterministic = false;
  bool tensor_cores = false;
  bool narrower_inputs = false;  ///< rounds its inputs to a shorter type first
  bool narrower_sums = false;    ///< adds in less than float32
  bool compiles = false;         ///< its kernel is compiled when the plan is made: seconds
};

/// An engine with its settings.
struct Engine {
  Descriptor config;
  std::string name;  ///< "30 2=7 13=1": number and settings; the same wherever cuDNN is the same
  Notes notes;
};

/// The engines that cuDNN proposes, the likeliest to be fast first; none if it cannot say.
std::vector<Engine> proposals(const ConvGraph& graph, const Descriptor& device,
                              cudnnBackendHeurMode_t mode);

/// Where x, w and y (or their gradients) lie on the device.
struct Operands {
  const void* x = nullptr;
  const void* w = nullptr;
  const void* y = nullptr;
};

/// An engine made ready for a device.
class Plan {
 public:
  /// Nothing if cuDNN cannot make it after all.
  static std::optional<Plan> make(Engine engine, const Descriptor& device);
  const std::string& name() const { return engine_.name; }
  const Notes& notes() const { return engine_.notes; }
  std::size_t workspace_bytes() const { return workspace_bytes_; }
  /// workspace: at least workspace_bytes(), aligned to 16 bytes. Runs on the handle's stream.
  void execute(cudnnHandle_t handle, const Operands& operands, void* workspace) const;

 private:
  Plan(Engine engine, Descriptor plan);
  Engine engine_;
  Descriptor plan_;
  std::size_t workspace_bytes_ = 0;
};

/// A handle bound to `stream`: one for all who ask while one of them holds it.
std::shared_ptr<cudnnContext> handle_on(CUstream_st* stream);

}  // namespace cameo::kernels::cudnn
