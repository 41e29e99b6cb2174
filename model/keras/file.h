// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// One array of weights as a Keras file holds it: a kernel or a bias.
struct KerasArray {
  std::string layer;    ///< the layer's name in the file
  std::string dataset;  ///< its path in the file
  std::string model;    ///< the group of the model that the layer belongs to
  std::vector<std::int64_t> shape;
};

/// "[5,5,3,128]".
std::string text_of(std::span<const std::int64_t> shape);

/// How a file that may be damaged is opened: HDF5 1.10 crashes or hangs on some.
enum class Guard {
  Child,  ///< lists it in a child process first: fork(), with limits on the child's memory and time
  None,   ///< opens it at once: for callers with threads or a CUDA context, which no fork() bears
};

/// A Keras weight file or whole model, opened for reading: HDF5 as Keras 2, tf.keras and Keras 3
/// write it, or a .keras archive. What it lists is checked, the arrays are read when asked for.
class KerasFile {
 public:
  enum class Layout {
    Named,     ///< attributes list layers and arrays in the order of the model: Keras 2, legacy .h5
    Numbered,  ///< layers lie in groups called by class and number: .weights.h5 and .keras
  };

  /// Throws Error: ErrorCode::Input if the file cannot be read; ErrorCode::Format if it is damaged,
  /// has another layout (Keras 1, something else), holds links, or arrays that are not float32.
  explicit KerasFile(std::filesystem::path file, Guard guard = Guard::Child);
  ~KerasFile();
  KerasFile(const KerasFile&) = delete;
  KerasFile& operator=(const KerasFile&) = delete;
  KerasFile(KerasFile&&) noexcept;
  KerasFile& operator=(KerasFile&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// What wrote it, for people: "Keras 2.1.2, tensorflow".
  std::string writer() const;
  /// "tensorflow", "theano", ...; empty if the file does not say.
  const std::string& backend() const { return backend_; }
  Layout layout() const { return layout_; }
  /// Named: in the order of the model. Numbered: models and layers of one class in order.
  const std::vector<KerasArray>& arrays() const { return arrays_; }
  /// The elements of one array, in Keras's order. Throws Error (ErrorCode::Format) if they are
  /// damaged.
  std::vector<float> read(const KerasArray& array) const;

 private:
  struct Open;

  void list(const std::filesystem::path& inside);

  std::filesystem::path path_;
  std::unique_ptr<Open> open_;
  std::string version_, backend_;
  Layout layout_ = Layout::Named;
  std::vector<KerasArray> arrays_;
};

/// One layer to be written; kernel and bias in Keras's order.
struct KerasLayerOut {
  std::string layer;  ///< "conv2d_1", "dense_2"
  std::vector<std::int64_t> kernel_shape;
  std::vector<float> kernel, bias;
};

/// Writes the layers in the order given, as Keras 2 does (Named) or Keras 3 (Numbered: the names
/// must then be those of Keras 3, "conv2d", "conv2d_1", "dense", ...). consents: texts of the
/// root's attribute "cameo_consent_sha256", which Keras passes over. A crash leaves the old file or
/// the new one. Throws Error (ErrorCode::Input) if the file cannot be written.
void write_keras_file(const std::filesystem::path& file, KerasFile::Layout layout,
                      const std::vector<KerasLayerOut>& layers,
                      const std::vector<std::string>& consents = {});

}  // namespace cameo
