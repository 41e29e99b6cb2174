// SPDX-License-Identifier: MIT
#include "pipeline/media/video_streams.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/sink.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSubtitles =
    "1\n00:00:00,100 --> 00:00:00,900\nHello\n\n2\n00:00:01,000 --> 00:00:01,500\nWorld\n";
constexpr const char* kChapters =
    ";FFMETADATA1\ntitle=Whole\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\ntitle=One\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=2000\ntitle=Two\n";

/// Two seconds with B-frames, two sound tracks, subtitles, chapters and an attachment.
void make_rich(const Scratch& scratch) {
  write_text(scratch / "s.srt", kSubtitles);
  write_text(scratch / "c.txt", kChapters);
  write_text(scratch / "f.ttf", "no font");
  ffmpeg(
      scratch.path(),
      moving("96x64") +
          "-f lavfi -i sine=440 -f lavfi -i sine=880 -i s.srt -i c.txt -map 0 -map 1 -map 2 "
          "-map 3 -map_metadata 4 -map_chapters 4 -t 2 -c:v libx264 -bf 2 -c:a:0 aac -c:a:1 flac "
          "-c:s srt -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra "
          "-disposition:a:0 0 -disposition:a:1 default -attach f.ttf "
          "-metadata:s:t mimetype=application/x-truetype-font rich.mkv");
}

/// Frames into a video, changed by one pixel so that they are encoded.
void pass(const fs::path& input, const fs::path& output, const SinkOptions& options = {},
          const std::function<bool(std::int64_t)>& wanted = {}) {
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  while (auto frame = source->next()) {
    REQUIRE(frame->error == "");
    if (wanted && !wanted(frame->index)) continue;
    frame->pixels.at<cv::Vec3b>(0, 0) = cv::Vec3b(9, 9, 200);
    sink->write(*frame, Changed::Yes);
  }
  sink->finish();
}

/// Distances of presentation times from the first of the file's images.
std::vector<double> times(const StoredStream& stream, const StoredStream& images) {
  std::vector<double> all;
  const double start = static_cast<double>(images.stamps.front()) * av_q2d(images.ticks);
  for (const StoredPacket& packet : stream.packets) all.push_back(packet.seconds - start);
  return all;
}

/// Seconds at which tones begin in the sound as it is played from 0 on.
std::vector<double> tones(const Scratch& scratch, const std::string& name) {
  ffmpeg(scratch.path(),
         "-copyts -i " + name +
             " -vn -af aresample=async=1:first_pts=0 -ac 1 -ar 44100 -f f32le tones.raw");
  const std::vector<unsigned char> bytes = read_bytes(scratch / "tones.raw");
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  std::vector<double> begins;
  constexpr std::size_t kSilence = 4000;
  std::size_t last = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (std::abs(samples[i]) < .05F) continue;
    if (i - last > kSilence) begins.push_back(static_cast<double>(i) / 44100);
    last = i;
  }
  return begins;
}

/// Seconds at which frames are shown.
std::vector<double> shown(const fs::path& file) {
  VideoReader reader(file);
  std::vector<double> all;
  while (const auto image = reader.next()) all.push_back(image->seconds);
  return all;
}

/// Four seconds with tones at half seconds, of which an edit list hides the first 1.51.
void make_cut(const Scratch& scratch) {
  ffmpeg(scratch.path(), moving("96x64") +
                             "-f lavfi -i \"aevalsrc='.5*sin(2765*t)*gt(mod(t,.5),.25)':s=44100\" "
                             "-t 4 -c:v libx264 -g 100 -bf 2 -c:a aac whole.mp4");
  ffmpeg(scratch.path(), "-ss 1.51 -i whole.mp4 -t 2 -c copy cut.mp4");
}

bool close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > tolerance) return false;
  return true;
}

}  // namespace

TEST_CASE("sound, subtitles, chapters, languages and attachments are those of the source") {
  const Scratch scratch;
  make_rich(scratch);
  pass(scratch / "rich.mkv", scratch / "out.mkv");
  const StoredFile in = stored(scratch / "rich.mkv");
  const StoredFile out = stored(scratch / "out.mkv");
  REQUIRE(out.streams.size() == in.streams.size());
  CHECK(out.title == "Whole");
  CHECK(out.chapters == in.chapters);
  REQUIRE(out.chapters.size() == 2);
  const StoredStream& images = in.streams.at(0);
  CHECK(out.streams.at(0).stamps == images.stamps);
  CHECK(images.stamps.size() == 50);
  for (std::size_t i = 1; i < in.streams.size(); ++i) {
    CAPTURE(i);
    const StoredStream& a = in.streams[i];
    const StoredStream& b = out.streams[i];
    CHECK(b.codec == a.codec);
    CHECK(b.language == a.language);
    CHECK(b.disposition == a.disposition);
    CHECK(b.extradata == a.extradata);
    CHECK(bytes_of(b) == bytes_of(a));
    CHECK(times(b, out.streams.at(0)) == times(a, images));
  }
}

TEST_CASE("what a container cannot keep is named before the first frame, and left out on demand") {
  const Scratch scratch;
  make_rich(scratch);
  const auto source = open_source(scratch / "rich.mkv");
  const std::string why =
      message_of([&] { open_sink(scratch / "out.mp4", scratch / "rich.mkv", *source); });
  CAPTURE(why);
  CHECK(contains(why, "stream 2 (audio, flac, fra), stream 4 (attachment, ttf)"));
  CHECK(contains(why, "--drop-streams"));
  CHECK(!fs::exists(scratch / "out.mp4"));

  std::vector<std::string> notes;
  SinkOptions options;
  options.encode.drop_streams = true;
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  pass(scratch / "rich.mkv", scratch / "out.mp4", options);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "stream 2 (audio, flac, fra)"));
  const StoredFile in = stored(scratch / "rich.mkv");
  const StoredFile out = stored(scratch / "out.mp4");
  const auto sound = out.of(AVMEDIA_TYPE_AUDIO);
  REQUIRE(sound.size() == 1);
  CHECK(bytes_of(sound[0]) == bytes_of(in.streams.at(1)));
  CHECK(sound[0].language == "deu");
  // Matroska has ticks of 1 ms, MP4 finer ones.
  CHECK(
      close(times(sound[0], out.streams.at(0)), times(in.streams.at(1), in.streams.at(0)), .0011));
  const auto subtitles = out.of(AVMEDIA_TYPE_SUBTITLE);
  REQUIRE(subtitles.size() == 1);
  CHECK(subtitles[0].codec == "mov_text");
  bool found = false;
  for (const StoredPacket& packet : subtitles[0].packets)
    found = found || contains(std::string(packet.bytes.begin(), packet.bytes.end()), "World");
  CHECK(found);
  CHECK(out.chapters.size() == 2);
}

TEST_CASE("sound is left out on demand") {
  const Scratch scratch;
  make_rich(scratch);
  SinkOptions options;
  options.encode.no_audio = true;
  pass(scratch / "rich.mkv", scratch / "out.mkv", options);
  const StoredFile out = stored(scratch / "out.mkv");
  CHECK(out.of(AVMEDIA_TYPE_AUDIO).empty());
  CHECK(out.of(AVMEDIA_TYPE_SUBTITLE).size() == 1);
}

TEST_CASE("priming and late starts of sound stay in step, packet by packet") {
  const Scratch scratch;
  ffmpeg(scratch.path(),
         moving("96x64") +
             "-itsoffset 0.3 -f lavfi -i sine=440 -f lavfi -i sine=660 -map 0 -map 1 "
             "-map 2 -t 2 -c:v libx264 -bf 2 -c:a aac in.mp4");
  pass(scratch / "in.mp4", scratch / "out.mp4");
  const StoredFile in = stored(scratch / "in.mp4");
  const StoredFile out = stored(scratch / "out.mp4");
  CHECK(in.streams.at(2).packets.front().seconds < 0);  // priming
  CHECK(out.streams.at(0).stamps == in.streams.at(0).stamps);
  for (std::size_t i : {1U, 2U}) {
    CHECK(bytes_of(out.streams.at(i)) == bytes_of(in.streams.at(i)));
    CHECK(out.streams.at(i).stamps == in.streams.at(i).stamps);
  }
}

TEST_CASE("sound and chapters are cut with the frames that are left out") {
  const Scratch scratch;
  make_rich(scratch);
  SinkOptions options;
  options.every_frame = false;
  const auto wanted = [](std::int64_t i) { return (i >= 5 && i < 15) || (i >= 30 && i < 40); };
  pass(scratch / "rich.mkv", scratch / "out.mkv", options, wanted);
  const StoredFile in = stored(scratch / "rich.mkv");
  const StoredFile out = stored(scratch / "out.mkv");
  const StoredStream& images = out.streams.at(0);
  REQUIRE(images.stamps.size() == 20);
  CHECK((images.stamps.back() - images.stamps.front()) == 19 * 40);
  const StoredStream& sound = out.streams.at(1);
  // 0.8 s of packets of 1024 samples at 44100 Hz, one more or less at each of four ends.
  CHECK(std::abs(static_cast<int>(sound.packets.size()) - 34) <= 3);
  const std::vector<double> at = times(sound, images);
  CHECK(std::abs(at.front()) < 0.025);
  CHECK(std::is_sorted(at.begin(), at.end()));
  // The packet at 0.4 s of the output is the one at 1.2 s of the source.
  const std::vector<double> was = times(in.streams.at(1), in.streams.at(0));
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double before = at[i] + (at[i] < 0.38 ? 0.2 : 0.8);
    std::size_t j = 0;
    while (j + 1 < was.size() && std::abs(was[j + 1] - before) < std::abs(was[j] - before)) ++j;
    if (std::abs(at[i] - 0.39) > 0.02)
      CHECK(sound.packets[i].bytes == in.streams[1].packets[j].bytes);
  }
  REQUIRE(out.chapters.size() == 2);
  CHECK(std::abs(out.chapters[1].second - 0.4) < 0.05);
}

TEST_CASE("subtitles are cut to the frames that are kept, also those that begin before them") {
  const Scratch scratch;
  make_rich(scratch);
  SinkOptions options;
  options.every_frame = false;
  // 0.4 to 0.6 s, within the first line, and 1.4 to 1.8 s, of which the second has 0.1 s.
  const auto wanted = [](std::int64_t i) { return (i >= 10 && i < 15) || (i >= 35 && i < 45); };
  pass(scratch / "rich.mkv", scratch / "out.mkv", options, wanted);
  const auto lines = stored(scratch / "out.mkv").of(AVMEDIA_TYPE_SUBTITLE).at(0);
  CHECK(lines.stamps == std::vector<std::int64_t>{0, 200});
  CHECK(lines.durations == std::vector<std::int64_t>{200, 100});
  // None of a line that lies in a gap.
  pass(scratch / "rich.mkv", scratch / "none.mkv", options, [](std::int64_t i) { return i >= 40; });
  CHECK(stored(scratch / "none.mkv").of(AVMEDIA_TYPE_SUBTITLE).at(0).stamps.empty());
}

TEST_CASE("sound ends with the last frame where the source was not read to its end") {
  const Scratch scratch;
  make_rich(scratch);
  const auto source = open_source(scratch / "rich.mkv");
  const auto sink = open_sink(scratch / "out.mkv", scratch / "rich.mkv", *source);
  for (int i = 0; i < 10; ++i) {
    auto frame = source->next();
    sink->write(*frame, Changed::Yes);
  }
  sink->end_early();
  sink->finish();
  const StoredFile out = stored(scratch / "out.mkv");
  CHECK(out.streams.at(0).packets.size() == 10);
  const double end = times(out.streams.at(1), out.streams.at(0)).back();
  CHECK(end > 0.35);
  CHECK(end < 0.4);
}

TEST_CASE("what an edit list hides is not played, and pictures and sound start as in the source") {
  const Scratch scratch;
  make_cut(scratch);
  const std::vector<double> pictures = shown(scratch / "cut.mp4");
  const std::vector<double> sound = tones(scratch, "cut.mp4");
  REQUIRE(pictures.size() == 52);
  CHECK(pictures.front() == 0);
  REQUIRE(sound.size() == 4);
  for (const char* name : {"out.mp4", "out.mov", "out.mkv", "out.avi"}) {
    CAPTURE(std::string(name));
    SinkOptions options;
    options.encode.drop_streams = true;
    pass(scratch / "cut.mp4", scratch / name, options);
    CHECK(close(shown(scratch / name), pictures, .0011));
    // AVI has no stamps for sound: what is left out at its beginning puts it forward by a packet.
    const double tolerance = contains(name, ".avi") ? .024 : contains(name, ".mkv") ? .0011 : 1e-4;
    CHECK(close(tones(scratch, name), sound, tolerance));
  }
}

TEST_CASE("images that an edit list hides are copied only where they stay hidden") {
  const Scratch scratch;
  make_cut(scratch);
  const auto in = bytes_of(stored(scratch / "cut.mp4").streams.at(0));
  for (const char* name : {"out.mp4", "out.mkv"}) {
    CAPTURE(std::string(name));
    const auto source = open_source(scratch / "cut.mp4");
    const auto sink = open_sink(scratch / name, scratch / "cut.mp4", *source);
    while (auto frame = source->next()) sink->write(*frame, Changed::No);
    sink->finish();
    CHECK((bytes_of(stored(scratch / name).streams.at(0)) == in) == contains(name, ".mp4"));
    CHECK(close(shown(scratch / name), shown(scratch / "cut.mp4"), .0011));
  }
}

TEST_CASE("sound in Matroska does not put off the images by its encoder's delay") {
  const Scratch scratch;
  for (const std::string codec : {"aac", "libopus", "libmp3lame"}) {
    if (avcodec_find_encoder_by_name(codec.c_str()) == nullptr) continue;
    for (const std::string in : {"in.mp4", "in.mkv"}) {
      CAPTURE(codec);
      CAPTURE(in);
      ffmpeg(scratch.path(),
             moving("96x64") +
                 "-f lavfi -i \"aevalsrc='.5*sin(2765*t)*gt(mod(t,.5),.25)':s=48000\" -t 2 "
                 "-c:v libx264 -bf 2 -c:a " +
                 codec + " " + in);
      SinkOptions options;
      options.overwrite = true;
      pass(scratch / in, scratch / "out.mkv", options);
      CHECK(close(shown(scratch / "out.mkv"), shown(scratch / in), .0011));
      CHECK(close(tones(scratch, "out.mkv"), tones(scratch, in), .0015));
    }
  }
}

TEST_CASE("hidden subtitles are not shown, and do not put off the images") {
  const Scratch scratch;
  write_text(scratch / "s.srt",
             "1\n00:00:01,000 --> 00:00:02,500\nGone\n\n"
             "2\n00:00:02,600 --> 00:00:03,500\nWhole\n");
  ffmpeg(scratch.path(), moving("96x64") +
                             "-i s.srt -map 0 -map 1 -t 4 -c:v libx264 -bf 0 -g 100 -c:s mov_text "
                             "whole.mp4");
  // Edit lists from 1.52 s on: after version and count the duration, in ms, and the begin, in
  // ticks.
  std::vector<unsigned char> bytes = read_bytes(scratch / "whole.mp4");
  const std::string kind = "elst";
  auto at = bytes.begin();
  for (const std::uint32_t begin : {19456U, 1520000U}) {
    at = std::search(at, bytes.end(), kind.begin(), kind.end()) + 12;
    REQUIRE(at < bytes.end());
    for (const std::uint32_t value : {1900U, begin})
      for (unsigned shift = 32; shift > 0; shift -= 8)
        *at++ = static_cast<unsigned char>(value >> (shift - 8));
  }
  write_bytes(scratch / "cut.mp4", bytes);
  REQUIRE(shown(scratch / "cut.mp4").size() == 48);
  pass(scratch / "cut.mp4", scratch / "out.mkv");
  CHECK(close(shown(scratch / "out.mkv"), shown(scratch / "cut.mp4"), .0011));
  std::string all;
  const StoredStream texts = stored(scratch / "out.mkv").of(AVMEDIA_TYPE_SUBTITLE).at(0);
  for (const StoredPacket& text : texts.packets)
    all += std::string(text.bytes.begin(), text.bytes.end()) + ";";
  CHECK(contains(all, "Whole"));
  CHECK(!contains(all, "Gone"));
}
