// SPDX-License-Identifier: MIT
// Faces files and journals of them: what was read can be written, and is read as the same again.
#include <string>

#include "pipeline/face/faces_file.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] {
    const FacesFile faces = read_faces(file.path());
    const std::filesystem::path again =
        std::filesystem::temp_directory_path() / ("faces-fuzz-" + std::to_string(::getpid()));
    write_faces(again, faces);
    const FacesFile same = read_faces(again);
    std::filesystem::remove(again);
    fuzz::require(same.frames.size() == faces.frames.size());
    for (std::size_t i = 0; i < faces.frames.size(); ++i)
      fuzz::require(same.frames[i].faces.size() == faces.frames[i].faces.size());
  });
  return 0;
}
