// SPDX-License-Identifier: MIT
#include "pipeline/media/video_segments.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

constexpr int kFrames = 25;

void make_source(const Scratch& scratch) {
  // B-frames, and a rate that falls to a fifth at a segment's end.
  ffmpeg(scratch.path(), moving("96x64") +
                             "-f lavfi -i sine=440 -frames:v 25 -t 2.5 "
                             "-vf \"setpts='if(lt(N,10),N,10+(N-10)*5)/50/TB'\" -vsync vfr "
                             "-c:v libx264 -bf 2 -c:a aac in.mp4");
}

SinkOptions resuming(const std::string& key) {
  SinkOptions options;
  options.overwrite = true;
  options.resume_key = key;
  options.encode.segment_frames = 10;
  options.encode.crf = 4;
  return options;
}

/// Writes frames from where an earlier run ended up to `end`, and finishes or dies there. Returns
/// how many frames were done before.
std::int64_t run(const Scratch& scratch, const std::string& key, std::int64_t end,
                 const std::string& name = "out.mp4") {
  const auto source = open_source(scratch / "in.mp4");
  const auto sink = open_sink(scratch / name, scratch / "in.mp4", *source, resuming(key));
  const std::int64_t done = sink->frames_done();
  while (auto frame = source->next()) {
    if (frame->index < done) continue;
    if (frame->index >= end) return done;
    frame->pixels(cv::Rect(0, 0, 8, 8)).setTo(cv::Scalar::all(9));
    sink->write(*frame, Changed::Yes);
  }
  sink->finish();
  return done;
}

}  // namespace

TEST_CASE("a conversion that was killed goes on after its last segment, and loses nothing") {
  const Scratch scratch;
  make_source(scratch);
  CHECK(run(scratch, "k", 7) == 0);
  CHECK(run(scratch, "k", 23) == 0);
  CHECK(run(scratch, "k", 24) == 20);
  CHECK(!fs::exists(scratch / "out.mp4"));
  CHECK(run(scratch, "k", 99) == 20);
  CHECK(!fs::exists(scratch / ".out.mp4.segments"));
  const StoredFile in = stored(scratch / "in.mp4");
  const StoredFile out = stored(scratch / "out.mp4");
  CHECK(out.streams.at(0).stamps == in.streams.at(0).stamps);
  CHECK(bytes_of(out.streams.at(1)) == bytes_of(in.streams.at(1)));
  CHECK(out.streams.at(1).stamps == in.streams.at(1).stamps);
  VideoReader before(scratch / "in.mp4");
  VideoReader after(scratch / "out.mp4");
  for (int i = 0; i < kFrames; ++i) {
    const auto a = before.next();
    const auto b = after.next();
    REQUIRE((a && b));
    CHECK(a->stamp == b->stamp);
    const cv::Rect rest(16, 16, 80, 48);
    CHECK(cv::norm(a->pixels(rest), b->pixels(rest), cv::NORM_L1) / (80 * 48 * 3) < 4);
    CHECK(cv::mean(b->pixels(cv::Rect(1, 1, 5, 5)))[1] < 40);
  }
  CHECK(!after.next());
}

TEST_CASE("a video under the longest name goes on too, beside another that ends otherwise") {
  const Scratch scratch;
  make_source(scratch);
  const std::string one = std::string(251, 'n') + ".mp4";
  const std::string other = std::string(250, 'n') + "m.mp4";
  CHECK(run(scratch, "k", 23, one) == 0);
  CHECK(run(scratch, "k", 13, other) == 0);
  CHECK(run(scratch, "k", 99, one) == 20);
  CHECK(run(scratch, "k", 99, other) == 10);
  CHECK(fs::exists(scratch / one));
  CHECK(fs::exists(scratch / other));
  CHECK(std::distance(fs::directory_iterator(scratch.path()), {}) == 3);
}

TEST_CASE("a video that another run is writing is left to it") {
  const Scratch scratch;
  make_source(scratch);
  const auto source = open_source(scratch / "in.mp4");
  const auto sink = open_sink(scratch / "out.mp4", scratch / "in.mp4", *source, resuming("k"));
  for (const char* key : {"k", "other"})
    CHECK(contains(message_of([&] { run(scratch, key, 99); }), "another run is writing it"));
  while (auto frame = source->next()) sink->write(*frame, Changed::Yes);
  sink->finish();
  CHECK(stored(scratch / "out.mp4").streams.at(0).packets.size() == kFrames);
}

TEST_CASE("a video that is suspended keeps its unfinished segment, too") {
  const Scratch scratch;
  make_source(scratch);
  {
    const auto source = open_source(scratch / "in.mp4");
    const auto sink = open_sink(scratch / "out.mp4", scratch / "in.mp4", *source, resuming("k"));
    for (int i = 0; i < 13; ++i) {
      auto frame = source->next();
      sink->write(*frame, Changed::Yes);
    }
    sink->suspend();
  }
  CHECK(!fs::exists(scratch / "out.mp4"));
  CHECK(run(scratch, "k", 99) == 13);
  CHECK(stored(scratch / "out.mp4").streams.at(0).packets.size() == kFrames);
}

TEST_CASE("other options begin anew") {
  const Scratch scratch;
  make_source(scratch);
  CHECK(run(scratch, "k", 15) == 0);
  CHECK(run(scratch, "other", 15) == 0);
  CHECK(run(scratch, "other", 15) == 10);
  write_text(scratch / ".out.mp4.segments/000000.json", "{");
  CHECK(run(scratch, "other", 99) == 0);
  CHECK(stored(scratch / "out.mp4").streams.at(0).packets.size() == kFrames);
}

TEST_CASE("a video in which nothing changed is copied packet by packet") {
  const Scratch scratch;
  make_source(scratch);
  for (const char* name : {"out.mp4", "out.mkv"}) {
    CAPTURE(name);
    const auto source = open_source(scratch / "in.mp4");
    const auto sink = open_sink(scratch / name, scratch / "in.mp4", *source);
    while (auto frame = source->next()) sink->write(*frame, Changed::No);
    sink->finish();
    const StoredFile in = stored(scratch / "in.mp4");
    const StoredFile out = stored(scratch / name);
    auto sound = bytes_of(in.streams.at(1));
    // Matroska has no edit list to hide what the sound's encoder needs to begin with.
    if (contains(name, ".mkv")) sound.erase(sound.begin());
    CHECK(bytes_of(out.streams.at(0)) == bytes_of(in.streams.at(0)));
    CHECK(bytes_of(out.streams.at(1)) == sound);
  }
  // One frame changed, a codec asked for, or a frame left out: encoded.
  const auto bytes = bytes_of(stored(scratch / "in.mp4").streams.at(0));
  for (const int kind : {0, 1, 2}) {
    CAPTURE(kind);
    SinkOptions options;
    options.overwrite = true;
    if (kind == 1) options.encode.codec = "h264";
    const auto source = open_source(scratch / "in.mp4");
    const auto sink = open_sink(scratch / "out.mp4", scratch / "in.mp4", *source, options);
    while (auto frame = source->next())
      if (kind != 2 || frame->index != 4)
        sink->write(*frame, kind == 0 && frame->index == 4 ? Changed::Yes : Changed::No);
    sink->finish();
    const StoredStream out = stored(scratch / "out.mp4").streams.at(0);
    CHECK(bytes_of(out) != bytes);
    CHECK(out.packets.size() == (kind == 2 ? kFrames - 1 : kFrames));
  }
}

TEST_CASE("a full disk is named with file and bytes, and the next run goes on") {
  const Scratch scratch;
  make_source(scratch);
  CHECK(run(scratch, "whole", 99) == 0);
  const StoredFile whole = stored(scratch / "out.mp4");
  const auto bytes = fs::file_size(scratch / "out.mp4");
  fs::remove(scratch / "out.mp4");
  CHECK(run(scratch, "k", 15) == 0);
  // In the second segment, then in joining them.
  for (const bool joining : {false, true}) {
    CAPTURE(joining);
    const std::string why = message_of([&] {
      const FileSizeLimit full(joining ? bytes * 7 / 10 : 500);
      run(scratch, "k", 99);
    });
    CAPTURE(why);
    CHECK(contains(why, joining ? "out.mp4: " : "000001.packets: "));
    CHECK(contains(why, "cannot be written after "));
    CHECK(contains(why, "File too large"));
    CHECK(contains(why, "bytes are free there"));
    CHECK(!fs::exists(scratch / "out.mp4"));
    CHECK(fs::exists(scratch / ".out.mp4.segments/000000.json"));
    CHECK(fs::exists(scratch / ".out.mp4.segments/000001.json") == joining);
  }
  CHECK(run(scratch, "k", 99) >= 20);
  CHECK(bytes_of(stored(scratch / "out.mp4").streams.at(0)) == bytes_of(whole.streams.at(0)));
  CHECK(!fs::exists(scratch / ".out.mp4.segments"));
}
