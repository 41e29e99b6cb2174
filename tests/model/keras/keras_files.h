// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/safetensors.h"
#include "model/keras/export.h"
#include "model/keras/import.h"
#include "model/keras/zip.h"
#include "tests/support/scratch.h"

namespace cameo::test {

/// The golden files of one Keras (tests/golden/keras/README.md), unpacked into a folder of their
/// own.
class KerasFiles {
 public:
  /// files: "keras_2.1.2/encoder.h5", ...; each lies under its bare name then.
  KerasFiles(std::initializer_list<const char*> files) {
    for (const std::filesystem::path name : files) {
      const Unpacked unpacked(CAMEO_GOLDEN "/keras/files.zip", name.string());
      std::filesystem::copy_file(unpacked.path(), scratch_ / name.filename().string());
    }
  }
  const std::filesystem::path& path() const { return scratch_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return scratch_ / name; }

 private:
  Scratch scratch_;
};

/// The three files that Keras 2.1.2 wrote.
class ThreeFiles : public KerasFiles {
 public:
  ThreeFiles()
      : KerasFiles(
            {"keras_2.1.2/encoder.h5", "keras_2.1.2/decoder_A.h5", "keras_2.1.2/decoder_B.h5"}) {}
};

/// One float tensor of a file.
inline std::vector<float> floats(const std::filesystem::path& file, const std::string& name) {
  const SafetensorsFile in(file);
  std::vector<float> numbers((in.entry(name).end - in.entry(name).begin) / sizeof(float));
  in.read(name, "F32", std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

}  // namespace cameo::test
