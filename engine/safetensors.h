// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// One tensor of a file to be written; the data stays the caller's until the write returns.
struct TensorOut {
  std::string name;
  std::string dtype;  ///< "F32", "F64", "I64", "U8", ...
  std::vector<std::int64_t> shape;
  std::span<const std::byte> data;
};

/// A safetensors file opened for reading: its header is checked, the data is read when asked for.
/// It stays open: what read() yields is of the file that was there, whatever takes its name later.
class SafetensorsFile {
 public:
  struct Entry {
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0, end = 0;  ///< bytes from the start of the data
  };

  /// Throws Error: ErrorCode::Input if the file is missing or unreadable, ErrorCode::Format if it
  /// is truncated, its header is damaged or tensors overlap or leave the file.
  explicit SafetensorsFile(std::filesystem::path file);

  const std::map<std::string, Entry>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return file_; }
  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// The entry of that name. Throws Error (ErrorCode::Format) if there is none.
  const Entry& entry(const std::string& name) const;
  /// Reads a tensor's bytes into `to`. Throws Error (ErrorCode::Format) if dtype or bytes differ.
  void read(const std::string& name, const std::string& dtype, std::span<std::byte> to) const;

 private:
  class Descriptor;

  std::filesystem::path file_;
  std::shared_ptr<const Descriptor> in_;  ///< copies of this object read the same open file
  std::size_t data_at_ = 0;
  std::map<std::string, Entry> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Writes tensors and metadata: to a temporary file beside `file`, synced to the disk, then
/// renamed, so that a crash leaves either the old file or the new one. Bytes of names and metadata
/// that are not UTF-8, such as in a path, become U+FFFD. Throws Error (ErrorCode::Input).
/// Source: the safetensors format, version 0.4: 8-byte header length, JSON header, raw data.
void write_safetensors(const std::filesystem::path& file, const std::vector<TensorOut>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace cameo
