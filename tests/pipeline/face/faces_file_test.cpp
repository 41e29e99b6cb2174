// SPDX-License-Identifier: MIT
#include "pipeline/face/faces_file.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/programs.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

FacesFile example() {
  Face face{.box = {3, 4, 50, 60}, .score = 1.25, .distance = 0.41, .crop = "clip_000007_0.png"};
  for (int i = 0; i < 68; ++i)
    face.landmarks.emplace_back(0.1F + static_cast<float>(i), -7.3F * static_cast<float>(i));
  Face plain{.box = {1, 2, 3, 4}};
  FacesFile file{.source = "clips/\"clip\" \xC3\xA9.mp4",
                 .source_id = "abc",
                 .width = 640,
                 .height = 360,
                 .settings = "{\"a\":1}",
                 .complete = false};
  file.frames = {
      {.name = "000007", .index = 7, .seconds = 7 / 29.97, .faces = {face, plain}},
      {.name = "000008", .index = 8, .rejected = {{.distance = 0.7}, {.distance = 0.9}}}};
  file.unreadable = {{.name = "000009", .why = "cut \"off\"", .index = 9}};
  return file;
}

std::string faceswap_face(const std::string& more) {
  std::string points;
  for (int i = 0; i < 68; ++i)
    points += (i > 0 ? ", [" : "[") + std::to_string(i) + ", " + std::to_string(2 * i) + "]";
  return "{\"x\": 10, \"y\": 20, \"w\": 30, \"h\": 40, \"landmarksXY\": [" + points + "]" + more +
         "}";
}

}  // namespace

TEST_CASE("found faces are read back exactly as they were written") {
  const Scratch scratch;
  const FacesFile wrote = example();
  write_faces(scratch / "x.faces.json", wrote);
  const FacesFile read = read_faces(scratch / "x.faces.json");
  CHECK(read.source == wrote.source);
  CHECK(read.source_id == wrote.source_id);
  CHECK(read.width == 640);
  CHECK(read.height == 360);
  CHECK(read.settings == wrote.settings);
  CHECK(!read.complete);
  REQUIRE(read.frames.size() == 2);
  CHECK(read.frames[0].name == "000007");
  CHECK(read.frames[0].index == 7);
  CHECK(read.frames[0].seconds == wrote.frames[0].seconds);
  REQUIRE(read.frames[0].faces.size() == 2);
  const Face& face = read.frames[0].faces[0];
  CHECK(face.box == wrote.frames[0].faces[0].box);
  CHECK(face.score == 1.25);
  CHECK(face.landmarks == wrote.frames[0].faces[0].landmarks);
  CHECK(face.distance == 0.41);
  CHECK(face.crop == "clip_000007_0.png");
  CHECK(!read.frames[0].faces[1].distance.has_value());
  CHECK(read.frames[1].faces.empty());
  REQUIRE(read.frames[1].rejected.size() == 2);
  CHECK(read.frames[1].rejected[1].distance == 0.9);
  REQUIRE(read.unreadable.size() == 1);
  CHECK(read.unreadable[0].name == "000009");
  CHECK(read.unreadable[0].why == "cut \"off\"");
  CHECK(read.unreadable[0].index == 9);
}

TEST_CASE(
    "landmarks of any number of points are kept, and zeros are landmarks that are not known") {
  const Scratch scratch;
  FacesFile wrote{.source = "in", .frames = {{.name = "a.png"}}};
  for (const int count : {0, 5, 98}) {
    Face face{.box = {0, 0, 10, 10}};
    for (int i = 0; i < count; ++i) face.landmarks.emplace_back(0.5F * static_cast<float>(i), 7.0F);
    wrote.frames[0].faces.push_back(face);
  }
  wrote.frames[0].faces.push_back({.landmarks = Landmarks(68)});
  write_faces(scratch / "x.json", wrote);
  const auto faces = read_faces(scratch / "x.json").frames.at(0).faces;
  REQUIRE(faces.size() == 4);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(faces[i].landmarks == wrote.frames[0].faces[i].landmarks);
  CHECK(faces[3].landmarks.empty());
}

TEST_CASE("a journal that is cut off anywhere lacks its last frame only") {
  const Scratch scratch;
  const FacesFile known = example();
  FacesJournal journal(scratch / "x.json", {.source = "in", .frames = {known.frames[0]}});
  journal.append_head({.source = "in", .width = 640, .height = 360, .complete = false});
  journal.append(Unreadable{.name = "000008", .why = "first", .index = 8});
  const auto before = read_bytes(scratch / "x.json");
  journal.append(known.frames[1]);
  const auto after = read_bytes(scratch / "x.json");
  REQUIRE(after.size() > before.size());
  for (std::size_t bytes = before.size(); bytes < after.size(); ++bytes) {
    write_bytes(scratch / "cut.json", std::span(after).first(bytes));
    const FacesFile cut = read_faces(scratch / "cut.json");
    REQUIRE(cut.frames.size() == 1);
    REQUIRE(cut.unreadable.size() == 1);
  }
  const FacesFile whole = read_faces(scratch / "x.json");
  CHECK(whole.width == 640);
  CHECK(!whole.complete);
  REQUIRE(whole.frames.size() == 2);
  CHECK(whole.unreadable.empty());  // 000008 could be read after all
  CHECK(whole.frames[0].faces[0].landmarks == known.frames[0].faces[0].landmarks);
  CHECK(whole.frames[1].rejected.size() == known.frames[1].rejected.size());
}

TEST_CASE("a journal is damaged if a line before its last one is") {
  const Scratch scratch;
  FacesJournal journal(scratch / "x.json", {.source = "in"});
  auto bytes = read_bytes(scratch / "x.json");
  for (const char c : std::string("{\"name\": \n")) bytes.push_back(static_cast<unsigned char>(c));
  write_bytes(scratch / "x.json", bytes);
  CHECK(contains(message_of([&] { read_faces(scratch / "x.json"); }), "line 2 is damaged"));
}

TEST_CASE("wherever a line is damaged, the file is named with the place, in words of our own") {
  const Scratch scratch;
  FacesFile whole = example();
  whole.tracks = {{.id = 1, .last = 7, .frames = 2}};
  for (const bool journal : {false, true}) {
    const std::filesystem::path file = scratch / "x.json";
    if (journal)
      FacesJournal(file, whole);
    else
      write_faces(file, whole);
    const auto bytes = read_bytes(file);
    const std::string text(bytes.begin(), bytes.end());
    const auto lines = std::count(text.begin(), text.end(), '\n');
    REQUIRE(lines >= 3);
    std::size_t begin = 0;
    for (std::ptrdiff_t line = 0; line < lines; ++line) {
      const std::size_t end = text.find('\n', begin);
      CAPTURE(line);
      for (const char* damage : {"\"", "{\"name\": 5}", "\x01\xff", "[]", "1e999"}) {
        CAPTURE(damage);
        write_text(file, text.substr(0, begin) + damage + text.substr(end));
        const std::string message = message_of([&] { read_faces(file); });
        CHECK(contains(message, "x.json: "));
        CHECK_FALSE(contains(message, "json.exception"));
        CHECK_FALSE(contains(message, "\n"));
      }
      begin = end + 1;
    }
  }
}

TEST_CASE("numbers that nothing here holds are refused wherever they are") {
  const Scratch scratch;
  FacesFile whole = example();
  whole.tracks = {{.id = 1, .last = 7, .frames = 2, .person = 3}};
  whole.frames[0].left_out = {3};
  whole.frames[0].faces[0].track = 1;
  write_faces(scratch / "x.json", whole);
  const std::string text = test::text_of(scratch / "x.json");
  for (const std::string key :
       {"\"cameo_faces\":", "\"width\":", "\"index\":", "\"box\":[", "\"landmarks\":[[",
        "\"track\":", "\"left_out\":[", "\"id\":", "\"first\":", "\"person\":"}) {
    CAPTURE(key);
    const std::size_t at = text.find(key);
    REQUIRE(at != std::string::npos);
    std::string damaged = text;
    damaged.replace(at + key.size(), text.find_first_of(",]}", at + key.size()) - at - key.size(),
                    "1e71");
    write_text(scratch / "x.json", damaged);
    CHECK(contains(message_of([&] { read_faces(scratch / "x.json"); }), "1e+71 is too large"));
  }
}

TEST_CASE("a faces file of an earlier release is read, with the sum of its input") {
  const Scratch scratch;
  write_text(scratch / "old.json",
             "{\"cameo_faces\":1,\"source\":\"in\",\"source_sha256\":\"abc\",\"width\":4,"
             "\"height\":3,\"settings\":\"s\",\"complete\":true,\n\"frames\": [\n"
             "{\"name\":\"a.png\",\"index\":0,\"faces\":[]}\n]}\n");
  const FacesFile read = read_faces(scratch / "old.json");
  CHECK(read.source_id == "abc");
  CHECK(read.frames.size() == 1);
}

TEST_CASE("a file without frames is a file") {
  const Scratch scratch;
  write_faces(scratch / "none.json", {.source = "in"});
  CHECK(read_faces(scratch / "none.json").frames.empty());
}

TEST_CASE("the place of found faces is beside the input, whatever the input is") {
  CHECK(faces_path("/a/clip.mp4") == "/a/clip.mp4.faces.json");
  CHECK(faces_path("/a/folder/") == "/a/folder.faces.json");
  CHECK(faces_path("/a/b/../folder/.") == "/a/folder.faces.json");
}

TEST_CASE("faceswap's alignments are read, frames in natural order of their names") {
  const Scratch scratch;
  write_text(scratch / "alignments.json", "{\"f10.jpg\": [" + faceswap_face("") +
                                              "], \"f9.jpg\": [" + faceswap_face(", \"r\": 0") +
                                              ", {\"x\":1,\"y\":2,\"w\":3,\"h\":4}], "
                                              "\"f11.jpg\": []}");
  const FacesFile read = read_faces(scratch / "alignments.json");
  REQUIRE(read.frames.size() == 3);
  CHECK(read.frames[0].name == "f9.jpg");
  CHECK(read.frames[1].name == "f10.jpg");
  CHECK(read.frames[1].index == 1);
  CHECK(read.frames[2].faces.empty());
  REQUIRE(read.frames[0].faces.size() == 2);
  CHECK(read.frames[0].faces[0].box == cv::Rect(10, 20, 30, 40));
  CHECK(read.frames[0].faces[0].landmarks.at(67) == cv::Point2f(67, 134));
  CHECK(read.frames[0].faces[1].landmarks.empty());
}

TEST_CASE("what is no file of faces is refused, by name and reason") {
  const Scratch scratch;
  const auto refusal = [&](const std::string& text) {
    write_text(scratch / "bad.json", text);
    return message_of([&] { read_faces(scratch / "bad.json"); });
  };
  CHECK(contains(refusal("{\"a\": "), "bad.json: line 1 is damaged, or the file is cut off"));
  CHECK(contains(refusal("[1, 2]"), "bad.json: is no faces file"));
  CHECK(contains(refusal("{\"cameo_faces\": 99}"), "bad.json: its head: version 99"));
  CHECK(contains(refusal("{\"a.jpg\": [{\"x\": 1}]}"), "bad.json"));
  CHECK(contains(refusal("{\"a.jpg\": [" + faceswap_face(", \"r\": 1e71") + "]}"),
                 "the number 1e+71 is too large"));
  CHECK(contains(refusal("{\"a.jpg\": [" + faceswap_face(", \"r\": 90") + "]}"), "90 degrees"));
  CHECK(contains(message_of([&] { read_faces(scratch / "none.json"); }), "no such file"));
}

TEST_CASE("tracks, and how faces were found, are read back from a file and from a journal") {
  const Scratch scratch;
  FacesFile wrote = example();
  Face& face = wrote.frames[0].faces[0];
  face.track = 1;
  face.found = Found::Interpolated;
  face.sharpness = 120;
  wrote.frames[1].cut = true;
  wrote.frames[1].rejected = {face};
  wrote.pixel_aspect = 16.0 / 15;
  Descriptor descriptor{};
  descriptor[5] = 0.25F;
  wrote.tracks = {{.id = 1,
                   .first = 7,
                   .last = 8,
                   .frames = 2,
                   .descriptor = descriptor,
                   .distance = 0.5,
                   .wanted = Wanted::Borderline,
                   .kept = false,
                   .person = 3},
                  {.id = 2}};
  write_faces(scratch / "x.json", wrote);
  FacesJournal journal(scratch / "j.json", {.searched = false});
  CHECK(!read_faces(scratch / "j.json").searched);
  journal.append(FrameFaces{.name = "gone", .index = 2});
  journal.restart(wrote);
  for (const char* name : {"x.json", "j.json"}) {
    const FacesFile read = read_faces(scratch / name);
    CHECK(read.searched);
    CHECK(read.pixel_aspect == 16.0 / 15);
    REQUIRE(read.frames.size() == 2);
    CHECK(read.frames[0].faces[0].track == 1);
    CHECK(read.frames[0].faces[0].found == Found::Interpolated);
    CHECK(read.frames[0].faces[0].sharpness == 120);
    CHECK(read.frames[0].faces[1].track == -1);
    CHECK(read.frames[1].cut);
    CHECK(read.frames[1].rejected.at(0).landmarks == face.landmarks);
    REQUIRE(read.tracks.size() == 2);
    const Track& track = read.tracks[0];
    CHECK(track.last == 8);
    CHECK(track.frames == 2);
    CHECK(track.descriptor == descriptor);
    CHECK(track.distance == 0.5);
    CHECK(track.wanted == Wanted::Borderline);
    CHECK(!track.kept);
    CHECK(track.person == 3);
    CHECK(!read.tracks[1].descriptor);
    CHECK(read.tracks[1].kept);
  }
}

TEST_CASE("of a rejected face earlier releases wrote the distance alone") {
  const Scratch scratch;
  write_text(scratch / "old.json",
             R"({"cameo_faces": 1, "source": "in", "source_id": "", "width": 6, "height": 4,
                 "frames": [{"name": "a", "index": 0, "faces": [], "rejected": [0.75]}]})");
  const FacesFile read = read_faces(scratch / "old.json");
  CHECK(read.frames.at(0).rejected.at(0).distance == 0.75);
  CHECK(read.frames.at(0).rejected.at(0).landmarks.empty());
}
