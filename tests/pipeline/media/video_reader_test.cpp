// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "base/files.h"
#include "pipeline/media/video.h"
#include "pipeline/media/video_writer.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

TEST_CASE("images that the decoder had to make up in parts are told, and are frames all the same") {
  const Scratch scratch;
  {
    VideoWriter writer(scratch / "a.mp4", {.crf = 4, .preset = "ultrafast"});
    for (int n = 0; n < 20; ++n) {
      cv::Mat image = ramp(96, 64);
      image.colRange(4 * n, 4 * n + 4).setTo(cv::Scalar::all(255));
      writer.write(image);
    }
    writer.finish();
  }
  auto bytes = read_bytes(scratch / "a.mp4");
  const std::string kind = "mdat";
  const auto begin = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end()) + 4;
  const std::ptrdiff_t first = begin[0] << 24 | begin[1] << 16 | begin[2] << 8 | begin[3];
  auto at = begin;
  if ((begin[4] & 31) != 5) at += 4 + first;  // the encoder's own words come before the key frame
  const std::ptrdiff_t length = at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
  for (std::ptrdiff_t i = length / 2; i < length / 2 + 60; ++i) at[4 + i] ^= 0x5a;
  write_bytes(scratch / "damaged.mp4", bytes);
  VideoReader reader(scratch / "damaged.mp4");
  int frames = 0;
  const std::string message = message_of([&] {
    while (reader.next()) ++frames;
  });
  CHECK(frames == 20);
  CHECK(contains(message, "of 20 frames are damaged in parts"));
}
