// SPDX-License-Identifier: MIT
// The zip archive around a .keras file, unpacked in the process itself, thousands of times for one
// of keras_fuzz, which spends its time on a child for HDF5: what comes out is as long as the
// archive says, or an error.
#include "model/keras/zip.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] {
    const Unpacked inside(file.path(), "model.weights.h5");
    fuzz::require(std::filesystem::is_regular_file(inside.path()));
  });
  return 0;
}
