// SPDX-License-Identifier: MIT
#include "pipeline/mark/output_marks.h"

#include <string>

#include <doctest/doctest.h>

#include "base/files.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/watermark_detector.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video_writer.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kAsset = 0x00c0ffee123456;

enum class Frames { Odd, All };

/// Copies an input to an output with its marks, all frames or those of an odd index changed in one
/// pixel.
void mark(const fs::path& input, const fs::path& output, const OutputMarks& marks,
          Frames which = Frames::Odd) {
  SinkOptions options{.overwrite = true, .encode = {.crf = 18}};
  add_marks(options, input, marks);
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  while (auto frame = source->next()) {
    const bool changed = which == Frames::All || frame->index % 2 == 1;
    if (changed) frame->pixels.at<cv::Vec3b>(5, 5) = {1, 2, 3};
    sink->write(*frame, changed ? Changed::Yes : Changed::No);
  }
  sink->finish();
}

std::optional<WatermarkPayload> payload_in(const fs::path& image) {
  return detect_watermark(read_image(image)).payload;
}

fs::path folder_of(const fs::path& folder, cv::Size size) {
  fs::create_directories(folder);
  for (const std::uint64_t i : {0, 1})
    write_image(folder / (std::to_string(i) + ".png"), texture(i, size));
  return folder;
}

}  // namespace

TEST_CASE("an asset id is written in 14 digits and read back, and other words are none") {
  CHECK(asset_word(kAsset) == "00c0ffee123456");
  CHECK(parse_asset("00c0ffee123456") == kAsset);
  CHECK(parse_asset(asset_word(kMostAsset)) == kMostAsset);
  for (const char* word : {"", "none", "c0ffee", "00c0ffee12345g", "00c0ffee1234567"})
    CHECK_FALSE(parse_asset(word));
}

TEST_CASE("an asset id begins the SHA-256 of its text") {
  CHECK(asset_word(asset_id("abc")) == "ba7816bf8f01cf");  // FIPS 180-2, B.1
  CHECK(asset_id("abd") != asset_id("abc"));
}

TEST_CASE("changed images bear the watermark that their metadata names, others stay as they are") {
  const Scratch scratch;
  const fs::path in = folder_of(scratch / "in", {400, 300});
  mark(in, scratch / "out", {.watermark = kAsset});
  CHECK(payload_in(scratch / "out/1.png") == WatermarkPayload{.asset = kAsset});
  CHECK(read_declaration(scratch / "out/1.png").watermark == asset_word(kAsset));
  CHECK(read_bytes(scratch / "out/0.png") == read_bytes(in / "0.png"));
}

TEST_CASE("without a watermark nothing else of a frame changes, and the metadata says so") {
  const Scratch scratch;
  const fs::path in = folder_of(scratch / "in", {400, 300});
  mark(in, scratch / "out", {});
  cv::Mat wanted = read_image(in / "1.png");
  wanted.at<cv::Vec3b>(5, 5) = {1, 2, 3};
  CHECK(cv::norm(read_image(scratch / "out/1.png"), wanted, cv::NORM_INF) == 0);
  CHECK(read_declaration(scratch / "out/1.png").watermark == kNoWatermark);
}

TEST_CASE("what is too small for a watermark is declared synthetic, without one") {
  const Scratch scratch;
  mark(folder_of(scratch / "in", {120, 100}), scratch / "out", {.watermark = kAsset});
  CHECK(read_declaration(scratch / "out/1.png").synthetic());
  CHECK(read_declaration(scratch / "out/1.png").watermark == kNoWatermark);
  VideoWriter writer(scratch / "in.mp4", {.crf = 18});
  for (int i = 0; i < 2; ++i) writer.write(texture(9, {320, 180}));
  writer.finish();
  for (const char* name : {"out.mp4", "out.mkv"}) {
    mark(scratch / "in.mp4", scratch / name, {.watermark = kAsset});
    CHECK(read_declaration(scratch / name).synthetic());
    CHECK(read_declaration(scratch / name).watermark == kNoWatermark);
  }
}

TEST_CASE("each image of a folder that declares a watermark passes its own asset id on") {
  const Scratch scratch;
  mark(folder_of(scratch / "one", {400, 300}), scratch / "in", {.watermark = kAsset}, Frames::All);
  mark(folder_of(scratch / "two", {400, 300}), scratch / "other", {.watermark = kAsset + 1},
       Frames::All);
  fs::copy_file(scratch / "other/1.png", scratch / "in/2.png");
  write_image(scratch / "in/3.png", texture(3, {400, 300}));
  mark(scratch / "in", scratch / "out", {.watermark = kAsset + 2}, Frames::All);
  const std::uint64_t wanted[] = {kAsset, kAsset, kAsset + 1, kAsset + 2};
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    const fs::path image = scratch / ("out/" + std::to_string(i) + ".png");
    CHECK(read_declaration(image).watermark == asset_word(wanted[i]));
    CHECK(payload_in(image) == WatermarkPayload{.asset = wanted[i]});
  }
}

TEST_CASE("an input that declares a watermark passes its asset id on") {
  const Scratch scratch;
  VideoWriter writer(scratch / "in.mp4", {.crf = 18});
  for (int i = 0; i < 4; ++i) writer.write(texture(9, {480, 360}));
  writer.finish();
  mark(scratch / "in.mp4", scratch / "once.mp4", {.watermark = kAsset}, Frames::All);
  mark(scratch / "once.mp4", scratch / "twice.mkv", {.watermark = kAsset + 1}, Frames::All);
  CHECK(read_declaration(scratch / "twice.mkv").watermark == asset_word(kAsset));
  const auto source = open_source(scratch / "twice.mkv");
  source->next();
  CHECK(detect_watermark(source->next()->pixels).payload == WatermarkPayload{.asset = kAsset});
}

TEST_CASE("the label lies under the watermark") {
  const Scratch scratch;
  const fs::path in = folder_of(scratch / "in", {400, 300});
  mark(in, scratch / "plain", {.watermark = kAsset});
  mark(in, scratch / "labelled", {.label = "AI face", .watermark = kAsset});
  CHECK(payload_in(scratch / "labelled/1.png") == WatermarkPayload{.asset = kAsset});
  CHECK(cv::norm(read_image(scratch / "labelled/1.png"), read_image(scratch / "plain/1.png"),
                 cv::NORM_INF) > 50);
}
