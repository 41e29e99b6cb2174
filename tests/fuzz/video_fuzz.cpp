// SPDX-License-Identifier: MIT
// Video files: headers, tags and the first frames.
#include "pipeline/mark/provenance.h"
#include "pipeline/media/video.h"
#include "tests/fuzz/fuzz.h"

using namespace cameo;

namespace {

constexpr int kFrames = 8;
constexpr std::int64_t kMostPixels = 1 << 20;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file({data, size});
  fuzz::allow_errors([&] { read_declaration(file.path()); });
  fuzz::allow_errors([&] {
    VideoReader reader(file.path());
    const VideoInfo& info = reader.info();
    if (std::int64_t{info.width} * info.height > kMostPixels) return;
    std::int64_t last = -1;
    for (int i = 0; i < kFrames; ++i) {
      const auto image = reader.next();
      if (!image) break;
      fuzz::require(image->pixels.type() == CV_8UC3 || image->pixels.type() == CV_16UC3);
      fuzz::require(i == 0 || image->stamp > last);
      last = image->stamp;
    }
  });
  return 0;
}
