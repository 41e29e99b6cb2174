// SPDX-License-Identifier: MIT
#include "pipeline/media/video_input.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/sink.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

/// Stamps of a video's frames, and what was told of its end.
struct Seen {
  std::vector<std::int64_t> stamps;
  std::string trouble;
  double seconds_per_tick = 0;
};

Seen see(const fs::path& file) {
  VideoReader reader(file);
  Seen seen{.seconds_per_tick = reader.info().time_base.value()};
  try {
    while (const auto image = reader.next()) seen.stamps.push_back(image->stamp);
  } catch (const Error& e) {
    seen.trouble = e.what();
  }
  return seen;
}

std::vector<unsigned char> twice(const fs::path& file) {
  std::vector<unsigned char> bytes = read_bytes(file);
  const std::size_t once = bytes.size();
  bytes.resize(2 * once);
  std::copy_n(bytes.begin(), once, bytes.begin() + static_cast<std::ptrdiff_t>(once));
  return bytes;
}

void convert_all(const fs::path& input, const fs::path& output) {
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source);
  while (auto frame = source->next()) sink->write(*frame, Changed::Yes);
  sink->finish();
}

}  // namespace

TEST_CASE("joined recordings play one after the other, with their sound") {
  const Scratch scratch;
  for (const char* kind : {"vob", "ts"}) {
    CAPTURE(kind);
    const std::string part = std::string("part.") + kind;
    const std::string codec = kind[0] == 'v' ? "mpeg2video -f vob " : "libx264 -f mpegts ";
    ffmpeg(scratch.path(),
           moving("96x64") + "-f lavfi -i sine=440 -t 0.96 -c:a ac3 -c:v " + codec + part);
    const fs::path joined = scratch / (std::string("joined.") + kind);
    write_bytes(joined, twice(scratch / part));
    const Seen seen = see(joined);
    CHECK(seen.trouble == "");
    REQUIRE(seen.stamps.size() == 48);
    for (std::size_t i = 1; i < 48; ++i) {
      const auto step = static_cast<double>(seen.stamps[i] - seen.stamps[i - 1]);
      // At the joint the sound may decide where the second part begins. The last frame of a VOB has
      // no presentation stamp: its decoder takes the next one's.
      CHECK(std::abs(step * seen.seconds_per_tick - 0.04) < (i == 23 || i == 24 ? 0.03 : 1e-6));
    }
    convert_all(joined, scratch / "out.mp4");
    const StoredFile out = stored(scratch / "out.mp4");
    CHECK(out.streams.at(0).packets.size() == 48);
    const auto sound = out.of(AVMEDIA_TYPE_AUDIO).at(0);
    CHECK(std::is_sorted(sound.stamps.begin(), sound.stamps.end()));
    const auto spread = [](const StoredStream& stream) {
      return stream.packets.back().seconds - stream.packets.front().seconds;
    };
    const double once = spread(stored(scratch / part).of(AVMEDIA_TYPE_AUDIO).at(0));
    CHECK(std::abs(spread(sound) - once - 0.96) < 0.04);
    fs::remove(scratch / "out.mp4");
  }
}

TEST_CASE("a video with an edit list or with empty slots is whole") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64", "30") + "-t 2 -c:v libx264 -g 5 -bf 0 g5.mp4");
  std::vector<unsigned char> bytes = read_bytes(scratch / "g5.mp4");
  const std::string kind = "elst";
  const auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end());
  REQUIRE(at != bytes.end());
  // Version and flags 4, count 4, then the duration in ms: half of 2000.
  const std::vector<unsigned char> half{0, 0, 3, 232};
  std::copy(half.begin(), half.end(), at + 12);
  write_bytes(scratch / "trimmed.mp4", bytes);
  const Seen trimmed = see(scratch / "trimmed.mp4");
  CHECK(trimmed.trouble == "");
  CHECK(trimmed.stamps.size() == 30);
  CHECK(VideoReader(scratch / "trimmed.mp4").info().frames == 30);

  ffmpeg(scratch.path(), moving("96x64", "30") +
                             "-frames:v 24 -vf \"setpts='if(lt(N,12),N,12+(N-12)*3)/30/TB'\" "
                             "-vsync vfr -c:v mpeg4 drops.avi");
  const Seen drops = see(scratch / "drops.avi");
  CHECK(drops.trouble == "");
  CHECK(drops.stamps.size() == 24);
}

TEST_CASE("half a Matroska file is told, and a whole one is not") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("96x64") + "-t 4 -c:v libx264 -g 10 whole.mkv");
  std::vector<unsigned char> bytes = read_bytes(scratch / "whole.mkv");
  bytes.resize(bytes.size() / 2);
  write_bytes(scratch / "half.mkv", bytes);
  CHECK(see(scratch / "whole.mkv").trouble == "");
  const Seen half = see(scratch / "half.mkv");
  CHECK(half.stamps.size() > 20);
  CHECK(half.stamps.size() < 80);
  CHECK(contains(half.trouble, "half.mkv: cut off: "));
  CHECK(contains(half.trouble, "of 4 seconds"));
}

TEST_CASE("a variable rate stays as it was, tick by tick, in each container") {
  const Scratch scratch;
  // 25, then 50, then 12.5 frames a second.
  const std::string rates =
      "\"setpts='if(lt(N,10),N*40,if(lt(N,30),400+(N-10)*20,800+(N-30)*80))/1000/TB'\"";
  for (const char* suffix : {"mp4", "mkv", "mov"}) {
    CAPTURE(suffix);
    const fs::path in = scratch / (std::string("in.") + suffix);
    const fs::path out = scratch / (std::string("out.") + suffix);
    ffmpeg(scratch.path(), moving("96x64", "100") + "-frames:v 40 -vf " + rates +
                               " -vsync vfr -c:v libx264 -bf 2 " + in.filename().string());
    convert_all(in, out);
    const StoredStream a = stored(in).streams.at(0);
    const StoredStream b = stored(out).streams.at(0);
    REQUIRE(a.stamps.size() == 40);
    CHECK(b.stamps == a.stamps);
    CHECK(b.ticks.den == a.ticks.den);
  }
}

TEST_CASE("cover art is no video, and is kept") {
  const Scratch scratch;
  ffmpeg(scratch.path(), moving("32x32") + "-frames:v 1 cover.png");
  ffmpeg(scratch.path(), moving("96x64") +
                             "-i cover.png -map 1 -map 0 -frames:v:1 9 -c:v:0 png -c:v:1 libx264 "
                             "-disposition:v:0 attached_pic in.mp4");
  CHECK(VideoReader(scratch / "in.mp4").info().width == 96);
  for (const char* name : {"out.mp4", "out.mkv"}) {
    CAPTURE(name);
    convert_all(scratch / "in.mp4", scratch / name);
    const StoredFile out = stored(scratch / name);
    int covers = 0;
    for (const StoredStream& stream : out.streams)
      if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) ++covers;
    CHECK(covers == 1);
    CHECK(see(scratch / name).stamps.size() == 9);
  }
}
