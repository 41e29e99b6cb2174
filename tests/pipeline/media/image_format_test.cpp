// SPDX-License-Identifier: MIT
#include "pipeline/media/image_format.h"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("a file's format goes by its first bytes, not by its name") {
  const Scratch scratch;
  const std::vector<std::pair<const char*, ImageFormat>> formats{{"x.jpg", ImageFormat::Jpeg},
                                                                 {"x.png", ImageFormat::Png},
                                                                 {"x.bmp", ImageFormat::Bmp},
                                                                 {"x.tif", ImageFormat::Tiff},
                                                                 {"x.webp", ImageFormat::Webp}};
  for (const auto& [name, format] : formats) {
    CAPTURE(name);
    write_bytes(scratch / "photo", encode_image(name, flag()));
    CHECK(format_of_file(scratch / "photo") == format);
    write_bytes(scratch / "photo.mp4", encode_image(name, flag()));
    CHECK(quarters(read_image(scratch / "photo.mp4")) == "rgrb");
  }
  const std::string heic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0",
      16),
      video(
          "\0\0\0\x18"
          "ftypisom\0\0\0\0",
          16);
  CHECK(format_of_bytes(Bytes(heic.begin(), heic.end())) == ImageFormat::Heif);
  CHECK(format_of_bytes(Bytes(video.begin(), video.end())) == ImageFormat::None);
  write_bytes(scratch / "stream.mjpeg", encode_image("x.jpg", flag()));
  CHECK(format_of_file(scratch / "stream.mjpeg") == ImageFormat::None);
  CHECK(format_of_file(scratch / "missing.jpg") == ImageFormat::None);
  CHECK(format_of_file(scratch.path()) == ImageFormat::None);
}

TEST_CASE("suffixes name formats in any case, of which five are written") {
  for (const char* name : {"a.JPG", "a.jpeg", "a.jpe", "a.JFIF"})
    CHECK(format_of_name(name) == ImageFormat::Jpeg);
  CHECK(format_of_name("a.HEIC") == ImageFormat::Heif);
  CHECK(format_of_name("a.mp4") == ImageFormat::None);
  CHECK(is_image("a.jfif"));
  CHECK(!is_image("a.avif"));
  CHECK(!is_image("a"));
}

TEST_CASE("what a folder's listing leaves out is told by kinds, most frequent first") {
  const Scratch scratch;
  for (const char* name : {"a.jpg", "b.jfif", "c.heic", "clip.mp4", "clip2.mp4", "notes",
                           ".hidden.txt", "in.faces.json", "convert.toml", "deep/x.png"})
    write_bytes(scratch / name, {});
  fs::create_directory(scratch / "folder.jpg");
  REQUIRE(::mkfifo((scratch / "pipe.jpg").c_str(), 0600) == 0);
  fs::create_symlink("nowhere.jpg", scratch / "link.jpg");
  fs::create_symlink("nowhere.mp4", scratch / "link.mp4");
  std::vector<std::string> names;
  for (const auto& file : list_images(scratch.path())) names.push_back(file.filename().string());
  // A link to an image that is not there is listed, so that reading it says so.
  CHECK(names == std::vector<std::string>{"a.jpg", "b.jfif", "c.heic", "link.jpg"});
  CHECK(passed_over(scratch.path()) ==
        scratch.path().string() +
            ": 7 entries passed over: 2 .mp4, 2 folder, 1 link that leads nowhere, 1 that is no "
            "regular file, 1 without a suffix");
  const Scratch whole;
  write_bytes(whole / "a.jpg", {});
  CHECK(passed_over(whole.path()).empty());
}
