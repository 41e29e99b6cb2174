// SPDX-License-Identifier: MIT
// Image files of any format: what can be read is 8- or 16-bit BGR and can be written again.
#include "pipeline/media/image.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

namespace {

constexpr std::size_t kMostPixels = 1U << 18U;  // more only take time to write

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] {
    const StillImage image = read_still(file.path());
    fuzz::require(image.pixels.type() == CV_8UC3 || image.pixels.type() == CV_16UC3);
    fuzz::require(!image.pixels.empty());
    if (image.pixels.total() > kMostPixels) return;
    for (const char* name : {"a.png", "a.jpg", "a.tif", "a.webp"})
      fuzz::allow_errors([&] { encode_still(name, image); });
  });
  return 0;
}
