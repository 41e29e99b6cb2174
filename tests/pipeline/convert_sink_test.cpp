// SPDX-License-Identifier: MIT
#include "pipeline/convert_sink.h"

#include <doctest/doctest.h>

#include "pipeline/mark/masking.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const cv::Mat kFlat(240, 320, CV_8UC3, cv::Scalar::all(128));

/// Deviation of what a conversion's marks change in a flat frame, levels.
double deviation(const std::filesystem::path& input, const std::filesystem::path& output) {
  const SinkOptions sink =
      sink_options_of({.input = input, .output = output, .watermark = 7}, {}, {});
  Frame frame{.pixels = kFlat.clone()};
  sink.hooks.frame(frame);
  cv::Scalar mean, out;
  cv::meanStdDev(frame.pixels, mean, out);
  return out[0];
}

}  // namespace

TEST_CASE("frames from a video and for one bear a stronger watermark in flat areas than images") {
  const Scratch scratch;
  write_image(scratch / "in.png", kFlat);
  VideoWriter writer(scratch / "in.mp4");
  writer.write(kFlat);
  writer.finish();
  const double image = deviation(scratch / "in.png", scratch / "out.png");
  CHECK(image > 0);
  for (const auto& [input, output] :
       {std::pair{"in.mp4", "out.mp4"}, {"in.mp4", "out"}, {"in.png", "out.mp4"}})
    CHECK(deviation(scratch / input, scratch / output) > 1.15 * image);
}
