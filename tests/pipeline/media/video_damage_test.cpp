// SPDX-License-Identifier: MIT
#include "pipeline/media/video_damage.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/video.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kTsPacket = 188;

/// Frames of a file, and what is told of its damage.
struct Read {
  int frames = 0;
  std::string told;
};

Read read_all(const fs::path& file) {
  VideoReader reader(file);
  Read read;
  read.told = message_of([&] {
    while (reader.next()) ++read.frames;
  });
  CHECK(!reader.next());
  return read;
}

/// Three seconds of 25 frames a second, key frames each second.
std::vector<unsigned char> clip(const Scratch& scratch, const std::string& name,
                                const std::string& options) {
  ffmpeg(scratch.path(), moving("192x128") + "-t 3 -g 25 " + options + " " + name);
  return read_bytes(scratch / name);
}

/// Without a tenth of its packets, from the middle on. Those of the images are counted by 4 bits:
/// of a multiple of 16 nobody would know.
std::vector<unsigned char> without_stretch(std::vector<unsigned char> bytes) {
  const std::size_t packets = bytes.size() / kTsPacket;
  const std::size_t begin = packets / 2;
  std::size_t end = begin;
  for (int images = 0; end < begin + packets / 10 || images % 16 != 5; ++end) {
    const std::size_t at = end * kTsPacket;
    if ((bytes.at(at + 1) & 0x1f) == 1 && bytes.at(at + 2) == 0) ++images;  // PID 0x100
  }
  const auto place = [&](std::size_t packet) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(packet * kTsPacket);
  };
  bytes.erase(place(begin), place(end));
  return bytes;
}

}  // namespace

TEST_CASE("of damaged images the number and the first time are told, each image once") {
  ImageDamage damage(0.01, 4);
  CHECK(damage.words(9).empty());
  damage.packet({.decoded = 0, .shown = 4, .marked = true});
  damage.packet({.decoded = 4, .shown = 8});
  damage.packet({.decoded = 8, .shown = 12});
  damage.image(8);
  damage.image(16);
  CHECK(damage.words(9) == "2 of 9 frames are damaged in parts, the first at 0.08 s");
  damage.lost_packet();
  damage.packet({.decoded = 12, .shown = 20, .marked = true});
  damage.packet({.decoded = 16, .shown = 24});
  damage.packet({.decoded = 28, .shown = 36});
  CHECK(damage.words(9) ==
        "1 damaged packets; 3 of 9 frames are damaged in parts, the first at 0.08 s; 2 frames are "
        "missing, the first at 0.28 s");
}

TEST_CASE("a packet that is marked where recordings were joined is whole") {
  for (const bool parsed : {false, true}) {
    CAPTURE(parsed);
    ImageDamage damage(0.01, 4);
    damage.packet({.decoded = 0, .shown = 0, .marked = parsed, .part = 0});
    damage.packet({.decoded = 4, .shown = 4, .marked = !parsed, .part = 0});
    damage.packet({.decoded = 400, .shown = 400, .part = 1});
    damage.packet({.decoded = 404, .shown = 404, .part = 1});
    CHECK(damage.words(4).empty());
    damage.packet({.decoded = 408, .shown = 408, .marked = true, .part = 1});
    damage.end();
    CHECK(damage.words(5) == "1 of 5 frames are damaged in parts, the first at 4.08 s");
  }
}

TEST_CASE("a stretch that is missing in a transport stream is told, with the frames it cost") {
  const Scratch scratch;
  for (const char* codec : {"libx264 -bf 2", "libx264 -bf 0", "mpeg2video"}) {
    CAPTURE(std::string(codec));
    const std::vector<unsigned char> bytes =
        clip(scratch, "in.ts", std::string("-f mpegts -muxrate 0 -b:v 2M -c:v ") + codec);
    CHECK(read_all(scratch / "in.ts").told.empty());
    write_bytes(scratch / "cut.ts", without_stretch(bytes));
    const Read cut = read_all(scratch / "cut.ts");
    CAPTURE(cut.told);
    CHECK(cut.frames < 75);
    CHECK(contains(cut.told, "cut.ts: "));
    CHECK(contains(cut.told, "frames are damaged in parts, the first at 1."));
    CHECK(contains(cut.told, "frames are missing, the first at 1."));
  }
}

// Not of H.264: CABAC makes an image of any bytes, so that damage may go unseen.
TEST_CASE("a stretch that is overwritten is told in each container") {
  const Scratch scratch;
  struct Case {
    const char *name, *options;
  };
  for (const Case& c : {Case{"in.ts", "-f mpegts -c:v libx264 -bf 2"},
                        Case{"in.mkv", "-c:v mpeg2video"}, Case{"in.mp4", "-c:v mpeg4"},
                        Case{"in.avi", "-c:v mpeg4"}, Case{"in.mpg", "-f vob -c:v mpeg2video"}}) {
    CAPTURE(std::string(c.name));
    std::vector<unsigned char> bytes = clip(scratch, c.name, c.options);
    CHECK(read_all(scratch / c.name).told.empty());
    const auto begin = static_cast<std::ptrdiff_t>(bytes.size() / 2);
    for (std::ptrdiff_t i = begin; i < begin + 600; ++i)
      bytes[static_cast<std::size_t>(i)] = static_cast<unsigned char>(7 * i);
    const std::string damaged = std::string("damaged") + c.name;
    write_bytes(scratch / damaged, bytes);
    const Read read = read_all(scratch / damaged);
    CAPTURE(read.told);
    CHECK(read.frames > 50);
    CHECK(contains(read.told, damaged + ": "));
    CHECK((contains(read.told, "damaged packets") || contains(read.told, "damaged in parts")));
  }
}
