// SPDX-License-Identifier: MIT
// XMP in MP4 and QuickTime files: a packet that was put in is read back.
#include <sstream>
#include <string>

#include "pipeline/media/xmp_movie.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::allow_errors([&] {
    std::stringstream file(std::string(reinterpret_cast<const char*>(data), size),
                           std::ios::in | std::ios::out | std::ios::binary);
    if (!is_movie(file)) return;
    marks_in_movie(file);
    const std::string packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
    put_xmp(file, packet);
    fuzz::require(marks_in_movie(file).xmp == packet);
  });
  return 0;
}
