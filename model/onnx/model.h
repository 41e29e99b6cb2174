// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace onnx {
class ModelProto;
}

namespace cameo {

/// An ONNX model that is built node by node and written to a file. Opset 12, as in DeepFaceLab's
/// files, and IR version 7, so that runtimes of 2021 (onnxruntime 1.8) read it. Tensors go by name;
/// equal nodes and equal constants are there once.
class OnnxModel {
 public:
  using Extents = std::vector<std::int64_t>;
  /// Attributes of a node by name.
  using Attributes = std::map<std::string, std::variant<std::int64_t, float, std::string, Extents>>;

  OnnxModel();
  ~OnnxModel();
  OnnxModel(const OnnxModel&) = delete;
  OnnxModel& operator=(const OnnxModel&) = delete;

  /// Adds a float32 input [N, extents], N free.
  void input(const std::string& name, const Extents& extents);
  /// Adds a float32 output [N, extents], which is this tensor.
  void output(const std::string& name, const Extents& extents, const std::string& tensor);
  /// Adds a node with one output, and returns the output's name.
  std::string node(const std::string& type, const std::vector<std::string>& inputs,
                   const Attributes& attributes = {});
  /// Adds a constant and returns its name: `name`, or one like it if another constant has that.
  std::string constant(const std::string& name, const Extents& extents,
                       const std::vector<float>& values);
  /// The same of integers, one row.
  std::string constant(const std::string& name, const Extents& values);

  /// Adds an entry of metadata_props.
  void metadata(const std::string& key, const std::string& value);
  void describe(const std::string& text);

  /// Writes the file; a crash leaves the old one or the new one. Throws Error: ErrorCode::Input if
  /// it cannot be written, ErrorCode::Usage if the model exceeds the format's 2 GiB.
  void save(const std::filesystem::path& file) const;

 private:
  std::string add_constant(const std::string& name, const Extents& extents, int type,
                           std::string bytes);

  std::unique_ptr<onnx::ModelProto> proto_;
  std::map<std::string, std::string> outputs_;  ///< of each node, by what it computes
  std::map<std::string, int> constants_;        ///< numbers of initializers by their names
};

}  // namespace cameo
