// SPDX-License-Identifier: MIT
// Conversions that end early, and those that go on after them.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/convert.h"
#include "pipeline/media/fingerprint.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/convert_case.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("a run that is asked to end leaves a finished output of the frames so far") {
  Case c;
  c.options.input = c.scratch / "in.mp4";
  c.options.output = c.scratch / "out.mp4";
  make_video_of(c.options.input, 10);
  const ConvertReport report =
      c.run(find_face, {.progress = [](std::string_view stage, std::int64_t done, std::int64_t) {
              return stage != "converting" || done < 4;
            }});
  CHECK(report.stopped);
  CHECK(report.written == 4);
  VideoReader reader(c.options.output);
  int frames = 0;
  while (reader.next()) ++frames;
  CHECK(frames == 4);
}

TEST_CASE(
    "a run that can go on leaves no output when it is asked to end, and goes on to the whole") {
  for (const char* name : {"out.mp4", "folder"}) {
    CAPTURE(name);
    Case c;
    c.options.input = c.scratch / "in.mp4";
    c.options.output = c.scratch / name;
    c.options.resume_key = "key";
    make_video_of(c.options.input, 10);
    const ConvertReport report =
        c.run(find_face, {.progress = [](std::string_view stage, std::int64_t done, std::int64_t) {
                return stage != "converting" || done < 4;
              }});
    CHECK(is_suspended(report, c.options));
    CHECK(report.written == 4);
    CHECK_FALSE(std::filesystem::is_regular_file(c.options.output));
    const ConvertReport rest = c.run(find_face);
    CHECK(rest.resumed == 4);
    CHECK(rest.written == 10);
    CHECK_FALSE(rest.stopped);
    CHECK(open_source(c.options.output)->count() == 10);
  }
}

TEST_CASE("a folder that was killed goes on although a faces file is there") {
  Case c;
  c.options.input = c.scratch / "in.mp4";
  c.options.resume_key = "key";
  make_video_of(c.options.input, 6);
  FacesFile file{.source_id = source_fingerprint(c.options.input)};
  for (int n = 0; n < 6; ++n)
    file.frames.push_back({.name = frame_name(n), .index = n, .faces = {middle_face()}});
  file.complete = file.searched = true;
  write_faces(faces_path(c.options.input), file);
  const auto stop = [](std::string_view, std::int64_t done, std::int64_t) { return done < 3; };
  CHECK(c.run({}, {.progress = stop}).written == 3);
  const ConvertReport rest = c.run();
  CHECK(rest.resumed == 3);
  CHECK(rest.written == 6);
}

TEST_CASE("a folder's conversion that was killed goes on with the frames that it had not written") {
  Case c;
  make_folder_of(c.options.input, 5);
  std::ofstream(c.options.input / "shot3_1.png") << "not an image";
  c.options.resume_key = "models and options";
  c.run();
  std::map<std::string, std::vector<unsigned char>> whole;
  for (const fs::path& file : list_images(c.options.output))
    whole[file.filename().string()] = read_bytes(file);
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);  // it is finished
  fs::remove_all(c.options.output);

  // What a kill leaves: the frames so far and the list that they are on.
  struct Killed {};
  c.options.hooks.frame = [](const Frame& frame) {  // called by several threads
    if (frame.index == 2) throw Killed();
  };
  CHECK_THROWS_AS(c.run(), Killed);
  CHECK(list_images(c.options.output).size() == 1);
  c.options.hooks = {};
  c.options.resume_key = "other options";
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  c.options.resume_key = "models and options";
  c.swapper.faces = 0;
  const ConvertReport report = c.run();
  CHECK(report.resumed == 1);
  CHECK(report.frames == 5);
  CHECK(report.written == 4);
  CHECK(report.failed.size() == 1);
  CHECK(c.swapper.faces == 3);
  for (const auto& [name, bytes] : whole) CHECK(read_bytes(c.options.output / name) == bytes);
  CHECK(list_images(c.options.output).size() == whole.size());
}
