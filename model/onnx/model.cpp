// SPDX-License-Identifier: MIT
#include "model/onnx/model.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <limits>
#include <onnx/onnx_pb.h>
#include <span>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/version.h"

namespace cameo {
namespace {

constexpr int kIrVersion = 7, kOpset = 12;
constexpr const char* kBatch = "batch";

void set_value(onnx::AttributeProto& to, std::int64_t value) {
  to.set_type(onnx::AttributeProto::INT);
  to.set_i(value);
}
void set_value(onnx::AttributeProto& to, float value) {
  to.set_type(onnx::AttributeProto::FLOAT);
  to.set_f(value);
}
void set_value(onnx::AttributeProto& to, const std::string& value) {
  to.set_type(onnx::AttributeProto::STRING);
  to.set_s(value);
}
void set_value(onnx::AttributeProto& to, const OnnxModel::Extents& value) {
  to.set_type(onnx::AttributeProto::INTS);
  to.mutable_ints()->Assign(value.begin(), value.end());
}

void set_info(onnx::ValueInfoProto& to, const std::string& name,
              const OnnxModel::Extents& extents) {
  to.set_name(name);
  onnx::TypeProto::Tensor& tensor = *to.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param(kBatch);
  for (const std::int64_t extent : extents)
    tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What protobuf writes to, so that a model need not be in memory twice.
class FileStream final : public google::protobuf::io::CopyingOutputStream {
 public:
  explicit FileStream(AtomicFile& file) : file_(file) {}
  bool Write(const void* buffer, int size) override {
    file_.write(std::string_view(static_cast<const char*>(buffer), static_cast<std::size_t>(size)));
    return true;
  }

 private:
  AtomicFile& file_;
};

}  // namespace

OnnxModel::OnnxModel() : proto_(std::make_unique<onnx::ModelProto>()) {
  proto_->set_ir_version(kIrVersion);
  proto_->set_producer_name("Cameo");
  proto_->set_producer_version(CAMEO_VERSION);
  proto_->mutable_graph()->set_name("cameo");
  proto_->add_opset_import()->set_version(kOpset);
}

OnnxModel::~OnnxModel() = default;

void OnnxModel::input(const std::string& name, const Extents& extents) {
  set_info(*proto_->mutable_graph()->add_input(), name, extents);
}

void OnnxModel::output(const std::string& name, const Extents& extents, const std::string& tensor) {
  onnx::GraphProto& graph = *proto_->mutable_graph();
  set_info(*graph.add_output(), name, extents);
  onnx::NodeProto& node = *graph.add_node();
  node.set_name(name);
  node.set_op_type("Identity");
  node.add_input(tensor);
  node.add_output(name);
}

std::string OnnxModel::node(const std::string& type, const std::vector<std::string>& inputs,
                            const Attributes& attributes) {
  onnx::NodeProto node;
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    std::visit([&](const auto& v) { set_value(attribute, v); }, value);
  }
  std::string name = type + '_' + std::to_string(outputs_.size());
  const auto [found, is_new] = outputs_.emplace(node.SerializeAsString(), name);
  if (!is_new) return found->second;
  node.set_name(name);
  node.add_output(name);
  *proto_->mutable_graph()->add_node() = std::move(node);
  return name;
}

std::string OnnxModel::constant(const std::string& name, const Extents& extents,
                                const std::vector<float>& values) {
  return add_constant(name, extents, onnx::TensorProto::FLOAT, bytes_of(values));
}

std::string OnnxModel::constant(const std::string& name, const Extents& values) {
  return add_constant(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64,
                      bytes_of(values));
}

std::string OnnxModel::add_constant(const std::string& name, const Extents& extents, int type,
                                    std::string bytes) {
  onnx::TensorProto tensor;
  tensor.set_data_type(type);
  tensor.mutable_dims()->Assign(extents.begin(), extents.end());
  tensor.set_raw_data(std::move(bytes));
  onnx::GraphProto& graph = *proto_->mutable_graph();
  std::string free = name;
  for (int i = 2;; free = name + '_' + std::to_string(i++)) {
    const auto [found, is_new] = constants_.emplace(free, graph.initializer_size());
    if (is_new) break;
    const onnx::TensorProto& other = graph.initializer(found->second);
    if (other.data_type() == type && other.raw_data() == tensor.raw_data() &&
        Extents(other.dims().begin(), other.dims().end()) == extents)
      return free;
  }
  tensor.set_name(free);
  *graph.add_initializer() = std::move(tensor);
  return free;
}

void OnnxModel::metadata(const std::string& key, const std::string& value) {
  onnx::StringStringEntryProto& entry = *proto_->add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

void OnnxModel::describe(const std::string& text) {
  proto_->set_doc_string(text);
}

void OnnxModel::save(const std::filesystem::path& file) const {
  const std::size_t bytes = proto_->ByteSizeLong();
  check(bytes <= std::numeric_limits<int>::max(), ErrorCode::Usage, file.string(), ": ", bytes,
        " bytes, and an ONNX file holds 2 GiB at most; a smaller network fits");
  AtomicFile out(file);
  FileStream stream(out);
  google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&stream);
  check(proto_->SerializeToZeroCopyStream(&adaptor) && adaptor.Flush(), ErrorCode::Failed,
        file.string(), ": protobuf cannot write this model");
  out.commit();
}

}  // namespace cameo
