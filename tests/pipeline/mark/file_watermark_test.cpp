// SPDX-License-Identifier: MIT
#include "pipeline/mark/file_watermark.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const WatermarkPayload kPayload{.asset = 0x00a1b2c3d4e5f6};
const cv::Size kSize(320, 240);

/// Frames of noise over a texture, the last `marked` of them with a watermark.
void write_clip(const std::filesystem::path& file, int frames, int marked) {
  Watermark watermark(kPayload);
  VideoWriter writer(file, {.crf = 16, .preset = "ultrafast"});
  for (int i = 0; i < frames; ++i) {
    cv::Mat frame = texture(static_cast<std::uint64_t>(i / 8), kSize);
    if (i >= frames - marked) watermark.embed(frame);
    writer.write(frame);
  }
  writer.finish();
}

}  // namespace

TEST_CASE("the watermark of an image file is found and read, and none in the image before it") {
  const Scratch scratch;
  cv::Mat image = texture(1, kSize);
  write_image(scratch / "plain.png", image);
  Watermark(kPayload).embed(image);
  write_image(scratch / "marked.png", image);
  const FileWatermark found = find_watermark(scratch / "marked.png");
  CHECK(found.result.payload == kPayload);
  CHECK(found.frames == 1);
  CHECK_FALSE(find_watermark(scratch / "plain.png").result.found);
  CHECK_FALSE(find_watermark(scratch / "marked.png", 7).result.found);
}

TEST_CASE("a watermark in the last tenth of a video is found by sampling") {
  const Scratch scratch;
  write_clip(scratch / "a.mp4", 240, 28);
  const FileWatermark found = find_watermark(scratch / "a.mp4");
  CHECK(found.result.payload == kPayload);
  CHECK(found.frames == 80);  // every third one
  write_clip(scratch / "b.mp4", 30, 0);
  const FileWatermark none = find_watermark(scratch / "b.mp4");
  CHECK_FALSE(none.result.found);
  CHECK(none.frames == 30);
  CHECK(none.result.score > 0);
}

TEST_CASE("of a video that is marked all over, the first frames suffice") {
  const Scratch scratch;
  write_clip(scratch / "a.mkv", 20, 20);
  const FileWatermark found = find_watermark(scratch / "a.mkv");
  CHECK(found.result.payload == kPayload);
  CHECK(found.frames == 12);
}

TEST_CASE("files too small for a watermark have none, and what is no picture is an error") {
  const Scratch scratch;
  write_image(scratch / "a.png", texture(1, {100, 90}));
  CHECK(find_watermark(scratch / "a.png").too_small);
  write_text(scratch / "b.mp4", "no video");
  CHECK_THROWS_AS(find_watermark(scratch / "b.mp4"), Error);
}
