// SPDX-License-Identifier: MIT
#include "pipeline/media/video_frames.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

const cv::Rect kDrawn(21, 17, 24, 19);

SinkOptions with_codec(const std::string& codec) {
  SinkOptions options;
  options.encode.codec = codec;
  return options;
}

void pass(const fs::path& input, const fs::path& output, const SinkOptions& options,
          const std::function<void(Frame&)>& draw) {
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  while (auto frame = source->next()) {
    REQUIRE(frame->error == "");
    draw(*frame);
    sink->write(*frame, Changed::Yes);
  }
  sink->finish();
}

/// The decoded samples of all frames.
std::vector<std::shared_ptr<const DecodedImage>> samples(const fs::path& file) {
  VideoReader reader(file);
  std::vector<std::shared_ptr<const DecodedImage>> all;
  while (auto image = reader.next()) all.push_back(image->decoded);
  return all;
}

/// Samples that differ outside `spared`, and those that differ at all.
struct Differences {
  int outside = 0;
  int all = 0;
};

Differences compare(const AVFrame& a, const AVFrame& b, cv::Rect spared) {
  Differences found;
  REQUIRE(a.format == b.format);
  const AVPixFmtDescriptor& form = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(a.format));
  for (int i = 0; i < form.nb_components; ++i) {
    const bool chroma = i == 1 || i == 2;
    const int sx = chroma ? form.log2_chroma_w : 0;
    const int sy = chroma ? form.log2_chroma_h : 0;
    const int bytes = form.comp[i].depth > 8 ? 2 : 1;
    for (int y = 0; y < AV_CEIL_RSHIFT(a.height, sy); ++y)
      for (int x = 0; x < AV_CEIL_RSHIFT(a.width, sx); ++x) {
        const auto at = [&](const AVFrame& f) {
          return f.data[i] + std::ptrdiff_t{y} * f.linesize[i] + std::ptrdiff_t{x} * bytes;
        };
        if (std::memcmp(at(a), at(b), static_cast<std::size_t>(bytes)) == 0) continue;
        ++found.all;
        // A chroma sample counts as inside if its pixels, and one to the left and right, touch it.
        const cv::Rect touched((x << sx) - (chroma ? 1 : 0), y << sy, (1 << sx) + (chroma ? 2 : 0),
                               1 << sy);
        if ((touched & spared).empty()) ++found.outside;
      }
  }
  return found;
}

}  // namespace

TEST_CASE("samples outside a changed rectangle stay bit for bit, in every kind of YCbCr") {
  const Scratch scratch;
  for (const char* pixels :
       {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p12le", "yuva420p", "yuvj420p"}) {
    CAPTURE(pixels);
    // An odd size: FFV1 takes it, and so no row is added.
    ffmpeg(scratch.path(),
           moving("97x65") + "-frames:v 3 -c:v ffv1 -pix_fmt " + pixels + " in.mkv");
    pass(scratch / "in.mkv", scratch / "out.mkv", with_codec("ffv1"), [](Frame& frame) {
      const double top = frame.pixels.depth() == CV_16U ? 65535 : 255;
      frame.pixels(kDrawn).setTo(cv::Scalar(0.2 * top, 0.5 * top, 0.8 * top));
    });
    const auto before = samples(scratch / "in.mkv");
    const auto after = samples(scratch / "out.mkv");
    REQUIRE(after.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      const Differences found = compare(before[i]->frame(), after[i]->frame(), kDrawn);
      CHECK(found.outside == 0);
      CHECK(found.all > 100);
    }
    VideoReader reader(scratch / "out.mkv");
    const auto image = reader.next();
    const cv::Scalar mean = cv::mean(image->pixels(cv::Rect(27, 23, 12, 7)));
    const double top = image->pixels.depth() == CV_16U ? 65535 : 255;
    // BGR of colours outside its gamut is clipped before the change is taken: up to 3 %.
    CHECK(std::abs(mean[0] / top - 0.2) < 0.03);
    CHECK(std::abs(mean[1] / top - 0.5) < 0.03);
    CHECK(std::abs(mean[2] / top - 0.8) < 0.03);
    fs::remove(scratch / "out.mkv");
  }
}

TEST_CASE("what was drawn is told by the original that was kept") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("97x65") + "-frames:v 2 -c:v ffv1 -pix_fmt yuv420p in.mkv");
  for (const bool kept : {false, true})
    pass(scratch / "in.mkv", scratch / (kept ? "kept.mkv" : "made.mkv"), with_codec("ffv1"),
         [kept](Frame& frame) {
           if (kept) frame.keep_original();
           frame.pixels(kDrawn).setTo(cv::Scalar(50, 120, 200));
           if (kept) frame.keep_original();  // for a second face
         });
  pass(scratch / "in.mkv", scratch / "none.mkv", with_codec("ffv1"), [](Frame& frame) {
    frame.pixels(kDrawn).setTo(cv::Scalar(50, 120, 200));
    frame.keep_original();
  });
  const auto in = samples(scratch / "in.mkv"), made = samples(scratch / "made.mkv"),
             kept = samples(scratch / "kept.mkv"), none = samples(scratch / "none.mkv");
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(compare(made[i]->frame(), in[i]->frame(), {}).all > 100);
    CHECK(compare(made[i]->frame(), kept[i]->frame(), {}).all == 0);
    CHECK(compare(none[i]->frame(), in[i]->frame(), {}).all == 0);
  }
}

TEST_CASE("frames that did not change are encoded as they were decoded") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64") + "-frames:v 3 -c:v libx264 in.mp4");
  const auto source = open_source(scratch / "in.mp4");
  const auto sink = open_sink(scratch / "out.mkv", scratch / "in.mp4", *source, with_codec("ffv1"));
  while (auto frame = source->next()) sink->write(*frame, Changed::No);
  sink->finish();
  const auto before = samples(scratch / "in.mp4");
  const auto after = samples(scratch / "out.mkv");
  REQUIRE(after.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(compare(before[i]->frame(), after[i]->frame(), {}).all == 0);
}

TEST_CASE("a turned video is upright once, without a display matrix, with its pixels' shape") {
  const Scratch scratch;
  ffmpeg(scratch.path(),
         moving("96x64") + "-frames:v 3 -vf setsar=4/3 -c:v libx264 -crf 4 flat.mp4");
  for (const int degrees : {0, 90, 180, 270}) {
    CAPTURE(degrees);
    ffmpeg(scratch.path(),
           "-i flat.mp4 -c copy -metadata:s:v rotate=" + std::to_string(degrees) + " in.mp4");
    // What ffmpeg shows, as it turns frames by itself.
    ffmpeg(scratch.path(), "-i in.mp4 -c:v ffv1 upright.mkv");
    const VideoInfo in = VideoReader(scratch / "in.mp4").info();
    CHECK(in.rotation % 180 == degrees % 180);
    CHECK((in.rotation == 0) == (degrees == 0));
    pass(scratch / "in.mp4", scratch / "out.mp4", {},
         [](Frame& frame) { frame.pixels(cv::Rect(2, 2, 2, 2)).setTo(cv::Scalar::all(9)); });
    VideoReader out(scratch / "out.mp4");
    CHECK(out.info().rotation == 0);
    CHECK(out.info().width == in.width);
    CHECK(out.info().height == in.height);
    CHECK(out.info().pixel_aspect.value() == doctest::Approx(in.pixel_aspect.value()));
    CHECK(in.pixel_aspect.value() == doctest::Approx(degrees % 180 == 0 ? 4.0 / 3 : 0.75));
    const cv::Mat wanted = VideoReader(scratch / "upright.mkv").next()->pixels;
    const cv::Mat got = out.next()->pixels;
    REQUIRE(got.size() == wanted.size());
    CHECK(cv::norm(got, wanted, cv::NORM_L1) / static_cast<double>(got.total() * 3) < 6);
    fs::remove(scratch / "out.mp4");
  }
}

TEST_CASE("frames of another size are fitted into the first, with bars, and told once") {
  const Scratch scratch;
  std::vector<std::string> notes;
  VideoWriterOptions options{.crf = 4};
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  VideoWriter writer(scratch / "v.mp4", options);
  writer.write(cv::Mat(64, 96, CV_8UC3, cv::Scalar::all(200)));
  writer.write(cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(200)));
  writer.write(cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(200)));
  writer.finish();
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "frames of 32x32 among those of 96x64"));
  VideoReader reader(scratch / "v.mp4");
  reader.next();
  for (int i = 0; i < 2; ++i) {
    const cv::Mat image = reader.next()->pixels;
    CHECK(image.size() == cv::Size(96, 64));
    CHECK(cv::mean(image(cv::Rect(0, 0, 12, 64)))[0] < 5);  // bars of 16
    CHECK(cv::mean(image(cv::Rect(20, 0, 56, 64)))[0] > 190);
    CHECK(cv::mean(image(cv::Rect(84, 0, 12, 64)))[0] < 5);
  }
}
