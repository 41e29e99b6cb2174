// SPDX-License-Identifier: MIT
#include "pipeline/face/image_faces.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "pipeline/media/fingerprint.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::Scratch;
namespace fs = std::filesystem;

namespace {

/// A folder of three images, of which nothing but their bytes matters, and a file that lists them.
struct Folder {
  Scratch scratch;
  fs::path path = scratch / "in";
  FacesFile file;

  Folder() {
    for (const char* name : {"b.png", "c.png", "d.png"}) write_text(path / name, name);
    file = {.source_id = source_fingerprint(path)};
    std::int64_t index = 0;
    for (const char* name : {"b.png", "c.png", "d.png"})
      file.frames.push_back(
          {.name = name, .index = index++, .file_id = source_fingerprint(path / name)});
  }
};

std::vector<std::string> names(const std::vector<FrameFaces>& frames) {
  std::vector<std::string> all;
  all.reserve(frames.size());
  for (const FrameFaces& frame : frames) all.push_back(frame.name);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an input that is what it was is known whole, with what could not be read") {
  Folder f;
  write_text(f.path / "e.png", "bad");
  f.file.source_id = source_fingerprint(f.path);
  f.file.unreadable = {{"e.png", "e.png: is damaged", 3}};
  const ImageFaces matched = match_images(f.file, f.path);
  CHECK(names(matched.known.frames) == Names{"b.png", "c.png", "d.png"});
  CHECK(matched.known.complete);
  CHECK(matched.known.unreadable.size() == 1);
  CHECK(matched.added == 0);
}

TEST_CASE(
    "images that came, went or changed leave what is known of the others, at their new place") {
  Folder f;
  write_text(f.path / "a.png", "new");
  write_text(f.path / "c.png", "C.PNG");  // of the same size
  fs::remove(f.path / "b.png");
  f.file.unreadable = {{"a.png", "a.png: is damaged", 0}};
  const ImageFaces matched = match_images(f.file, f.path);
  REQUIRE(names(matched.known.frames) == Names{"d.png"});
  CHECK(matched.known.frames[0].index == 2);
  CHECK(names(matched.changed) == Names{"c.png"});
  CHECK(names(matched.gone) == Names{"b.png"});
  CHECK_FALSE(matched.known.complete);
  CHECK(matched.known.unreadable.empty());
}

TEST_CASE("a file of an earlier release holds for the input it names, or not at all") {
  Folder f;
  for (FrameFaces& frame : f.file.frames) frame.file_id.clear();
  CHECK(match_images(f.file, f.path).known.frames.size() == 3);
  write_text(f.path / "a.png", "new");
  CHECK(match_images(f.file, f.path).known.frames.empty());
  CHECK(match_images(f.file, f.path).changed.size() == 3);
  f.file.source_id.clear();
  CHECK(match_images(f.file, f.path).known.frames.back().index == 3);
}
