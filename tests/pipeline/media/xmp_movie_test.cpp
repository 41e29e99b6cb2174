// SPDX-License-Identifier: MIT
#include "pipeline/media/xmp_movie.h"

#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/random.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

const std::string kPacket =
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='found'/></rdf:RDF></x:xmpmeta>";

std::string box(const std::string& type, const std::string& data) {
  const auto bytes = static_cast<unsigned>(8 + data.size());
  std::string head;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) head += static_cast<char>(bytes >> shift & 0xFFU);
  return head + type + data;
}

std::string xmp_in(const std::string& bytes) {
  std::istringstream file(bytes);
  return marks_in_movie(file).xmp;
}

std::string with_packet(const std::string& bytes, const std::string& packet) {
  std::stringstream file(bytes);
  put_xmp(file, packet);
  return file.str();
}

}  // namespace

TEST_CASE("a packet put into MP4 and QuickTime files is read by exiftool, and they play on") {
  const Scratch scratch;
  for (const std::string name : {"a.mp4", "a.mov"}) {
    CAPTURE(name);
    ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 -movflags +faststart " + name);
    const StoredFile before = stored(scratch / name);
    put_xmp(scratch / name, "first");
    put_xmp(scratch / name, kPacket);
    CHECK(marks_in_movie(scratch / name).xmp == kPacket);
    CHECK_FALSE(marks_in_movie(scratch / name).c2pa);
    CHECK(run_shell("exiftool -s3 -XMP-dc:Format " + name, scratch.path()).out == "found\n");
    CHECK(stored(scratch / name).streams.at(0).packets == before.streams.at(0).packets);
    const Outcome probe = run_shell(
        "ffprobe -v error -count_frames -show_entries "
        "stream=nb_read_frames -of csv=p=0 " +
            name,
        scratch.path());
    CHECK(probe.out == "5\n");
    CHECK(probe.err.empty());
  }
}

TEST_CASE("the packet of QuickTime's user data is read, and one in a uuid box comes first") {
  const std::string end(4, '\0');
  const std::string movie = box("ftyp", "qt  ") +
                            box("moov", box("udta", box("XMP_", "old") + end)) +
                            box("mdat", "12345");
  CHECK(xmp_in(movie) == "old");
  const std::string marked = with_packet(movie, "new");
  CHECK(xmp_in(marked) == "new");
  CHECK(marked.starts_with(movie));
  const std::string again = with_packet(marked, "newer");
  CHECK(xmp_in(again) == "newer");
  CHECK(again.size() == marked.size() + 8 + 16 + 5);
}

TEST_CASE("boxes of 64 bits are read, and a last one without size is refused for writing") {
  const std::string large = std::string("\0\0\0\1mdat\0\0\0\0\0\0\0\x14", 16) + "1234";
  CHECK(xmp_in(with_packet(box("ftyp", "mp42") + large, "x")) == "x");
  const std::string open = box("ftyp", "mp42") + std::string("\0\0\0\0mdat", 8) + "1234";
  CHECK(xmp_in(open).empty());
  // Bytes behind the last box are no matter to players, but a box cannot follow them.
  const std::string tail = with_packet(box("ftyp", "mp42"), "x") + "\n";
  CHECK(xmp_in(tail) == "x");
  CHECK(contains(message_of([&] { with_packet(tail, "y"); }), "something follows"));
  CHECK(contains(message_of([&] { with_packet(open, "x"); }), "its last box is not closed"));
}

TEST_CASE("files that are no MP4 have no packet, and a missing one is named") {
  const Scratch scratch;
  write_text(scratch / "a.txt", "some text that is no video");
  CHECK(marks_in_movie(scratch / "a.txt").xmp.empty());
  CHECK(contains(message_of([&] { marks_in_movie(scratch / "none.mp4"); }), "none.mp4"));
}

TEST_CASE("cut and damaged movies give an error or a packet, never a crash") {
  const std::string movie = with_packet(
      box("ftyp", "mp42") + box("moov", box("udta", box("XMP_", "old"))) + box("mdat", "12345"),
      kPacket);
  const auto tried = [](const std::string& bytes) {
    try {
      xmp_in(bytes);
      with_packet(bytes, "x");
    } catch (const Error&) {
      return 1;
    }
    return 0;
  };
  int refused = 0;
  for (std::size_t bytes = 0; bytes < movie.size(); ++bytes)
    refused += tried(movie.substr(0, bytes));
  CHECK(refused > 250);  // all but those that end between boxes
  Random random(13);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = movie;
    for (int k = 0; k < 2; ++k)
      damaged[random.below(90)] = static_cast<char>(random.below(k == 0 ? 256 : 9));
    tried(damaged);
  }
}
