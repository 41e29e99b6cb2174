// SPDX-License-Identifier: MIT
// Keras weight files (HDF5) and .keras archives (zip). HDF5 itself crashes on some damaged files,
// for which there is a child process: the program that reads must not.
#include "model/keras/file.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] {
    const KerasFile keras(file.path(), Guard::Child);
    for (const KerasArray& array : keras.arrays()) fuzz::allow_errors([&] { keras.read(array); });
  });
  return 0;
}
