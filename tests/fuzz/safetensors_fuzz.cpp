// SPDX-License-Identifier: MIT
// Safetensors files: what the header lists can be read, and what a model file's metadata says.
#include <vector>

#include "engine/safetensors.h"
#include "model/file/model_file.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] {
    const SafetensorsFile tensors(file.path());
    consent_notes(tensors);
    fuzz::allow_errors([&] { read_model_info(tensors); });
    for (const auto& tensor : tensors.tensors()) {
      const SafetensorsFile::Entry& entry = tensor.second;
      fuzz::require(entry.begin <= entry.end && entry.end <= size);
      std::vector<std::byte> bytes(entry.end - entry.begin);
      fuzz::allow_errors([&] { tensors.read(tensor.first, entry.dtype, bytes); });
    }
  });
  return 0;
}
