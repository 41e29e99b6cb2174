// SPDX-License-Identifier: MIT
#include "pipeline/media/sink.h"

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/files.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/fakes.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/scratch.h"
#include "tests/support/stills.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

Bytes jpeg_with_metadata() {
  Bytes jpeg = encode_image("x.jpg", ramp(40, 30));
  const auto segment = [](unsigned char marker, const std::string& text) {
    Bytes bytes{0xFF, marker, 0, static_cast<unsigned char>(text.size() + 2)};
    bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
  };
  using namespace std::string_literals;
  Bytes more = segment(0xE1, "Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"s);
  const Bytes profile = segment(0xE2, "ICC_PROFILE\0\1\1 a profile"s);
  more.insert(more.end(), profile.begin(), profile.end());
  jpeg.insert(jpeg.begin() + 2, more.begin(), more.end());
  return jpeg;
}

Bytes webp_of_low_quality() {
  Bytes bytes;
  cv::imencode(".webp", ramp(40, 30), bytes, {cv::IMWRITE_WEBP_QUALITY, 20});
  return bytes;
}

Bytes png_of(int type) {
  cv::Mat image(30, 40, type);
  cv::randu(image, 0, type == CV_16UC3 ? 65535 : 255);
  Bytes bytes;
  cv::imencode(".png", image, bytes, {cv::IMWRITE_PNG_COMPRESSION, 9});
  return bytes;
}

/// All frames of `input` into `output`.
void pass(const fs::path& input, const fs::path& output, Changed changed,
          const SinkOptions& options = {}) {
  const auto source = open_source(input);
  const auto sink = open_sink(output, input, *source, options);
  while (auto frame = source->next()) sink->write(*frame, changed);
  sink->finish();
}

}  // namespace

TEST_CASE("an unchanged image is copied byte for byte where its format stays") {
  const Scratch scratch;
  const std::map<std::string, Bytes> files{{"a.jpg", jpeg_with_metadata()},
                                           {"b.webp", webp_of_low_quality()},
                                           {"c.png", png_of(CV_16UC3)},
                                           {"d.png", png_of(CV_8UC4)}};
  for (const auto& [name, bytes] : files) write_bytes(scratch / "in" / name, bytes);
  pass(scratch / "in", scratch / "out", Changed::No);
  pass(scratch / "in", scratch / "new", Changed::Yes);
  for (const auto& file : files) {
    CAPTURE(file.first);
    CHECK(read_bytes(scratch / "out" / file.first) == file.second);
    CHECK(read_bytes(scratch / "new" / file.first) != file.second);
  }
  write_bytes(scratch / "x.jpeg", jpeg_with_metadata());
  pass(scratch / "x.jpeg", scratch / "same.JPG", Changed::No);
  CHECK(read_bytes(scratch / "same.JPG") == jpeg_with_metadata());
  pass(scratch / "x.jpeg", scratch / "other.png", Changed::No);
  CHECK(read_bytes(scratch / "other.png").at(1) == 'P');  // decoders go by the bytes, not the name
  CHECK(largest_difference(read_image(scratch / "other.png"), read_image(scratch / "x.jpeg")) == 0);
}

TEST_CASE("what a hook throws leaves no file without its mark") {
  const Scratch scratch;
  write_bytes(scratch / "in/a.jpg", jpeg_with_metadata());
  SinkOptions options;
  options.hooks.image = [](const Frame&, const fs::path&, Bytes&) {
    throw std::runtime_error("no mark");
  };
  CHECK(message_of([&] { pass(scratch / "in", scratch / "out", Changed::Yes, options); }) ==
        "no mark");
  CHECK(!fs::exists(scratch / "out/a.jpg"));
  pass(scratch / "in", scratch / "out", Changed::No, options);
  CHECK(fs::exists(scratch / "out/a.jpg"));
  // Encoded anew, but not changed.
  pass(scratch / "in/a.jpg", scratch / "a.png", Changed::No, options);
  CHECK(fs::exists(scratch / "a.png"));
  options.hooks = {.frame = [](Frame&) { throw std::runtime_error("no mark"); }};
  CHECK(message_of([&] { pass(scratch / "in", scratch / "new", Changed::Yes, options); }) ==
        "no mark");
  CHECK(!fs::exists(scratch / "new/a.jpg"));
}

TEST_CASE("frames that several threads encode are written as those of one") {
  const Scratch scratch;
  for (int n = 0; n < 8; ++n)
    write_image(scratch / ("in/" + std::to_string(n) + ".png"), ramp(40 + n, 30));
  SinkOptions options;
  options.hooks.frame = [](Frame& frame) { frame.pixels.at<cv::Vec3b>(1, 1) = {9, 8, 7}; };
  options.hooks.image = [](const Frame&, const fs::path& file, Bytes& bytes) {
    bytes.push_back(static_cast<unsigned char>(file.filename().string()[0]));
  };
  pass(scratch / "in", scratch / "one", Changed::Yes, options);

  const auto source = open_source(scratch / "in");
  const auto sink = open_sink(scratch / "many", scratch / "in", *source, options);
  std::vector<Frame> frames;
  while (auto frame = source->next()) frames.push_back(std::move(*frame));
  std::vector<EncodedFrame> encoded(frames.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < frames.size(); ++i)
    threads.emplace_back([&, i] { encoded[i] = sink->encode(frames[i], Changed::Yes); });
  for (std::thread& thread : threads) thread.join();
  CHECK(list_images(scratch / "many").empty());
  for (std::size_t i = 0; i < frames.size(); ++i) sink->write(frames[i], Changed::Yes, encoded[i]);
  for (const fs::path& file : list_images(scratch / "one"))
    CHECK(read_bytes(file) == read_bytes(scratch / "many" / file.filename()));
  CHECK(list_images(scratch / "many").size() == 8);
}

TEST_CASE("an overwritten folder loses what the earlier run wrote, not what else lies in it") {
  const Scratch scratch;
  for (const char* name : {"a.png", "b.png", "c.png"})
    write_image(scratch / "in" / name, ramp(40, 30));
  pass(scratch / "in", scratch / "out", Changed::Yes);
  write_image(scratch / "out/mine.png", ramp(40, 30));
  fs::remove(scratch / "in/b.png");
  SinkOptions options;
  CHECK(contains(message_of([&] { pass(scratch / "in", scratch / "out", Changed::Yes, options); }),
                 "holds images already"));
  options.overwrite = true;
  pass(scratch / "in", scratch / "out", Changed::Yes, options);
  CHECK(fs::exists(scratch / "out/a.png"));
  CHECK(!fs::exists(scratch / "out/b.png"));
  CHECK(fs::exists(scratch / "out/mine.png"));
}

TEST_CASE("a drawn image keeps its alpha, depth, profile and EXIF") {
  const Scratch scratch;
  const StillImage image =
      with_metadata(noise(30, 40, CV_16UC3), {.icc = display_p3(), .exif = exif_block(1)},
                    noise(30, 40, CV_16UC1));
  write_bytes(scratch / "in/a.png", encode_still("a.png", image));
  SinkOptions options;
  options.hooks.frame = [](Frame& frame) { frame.pixels.at<cv::Vec3w>(0, 0) = {1, 2, 3}; };
  std::vector<std::string> notes;
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  pass(scratch / "in", scratch / "out", Changed::Yes, options);
  const StillImage out = read_still(scratch / "out/a.png");
  CHECK(equal(out.alpha, image.alpha));
  CHECK(out.metadata->icc == display_p3());
  CHECK(out.metadata->exif == exif_block(1));
  CHECK(equal(out.metadata->original.rowRange(1, 30), image.pixels.rowRange(1, 30)));
  CHECK(notes.empty());
  pass(scratch / "in/a.png", scratch / "a.jpg", Changed::Yes, options);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], ".jpg files do not keep alpha (shown over white), 16 bits a channel"));
}

TEST_CASE("what a container cannot keep is known before a frame is read, and nothing is made") {
  const Scratch scratch;
  write_text(scratch / "a.txt", "x");
  ffmpeg(scratch.path(), moving("96x64") +
                             "-frames:v 2 -c:v ffv1 -attach a.txt -metadata:s:t "
                             "mimetype=text/plain in.mkv");
  const auto source = open_source(scratch / "in.mkv");
  CHECK(contains(
      message_of([&] { check_streams(scratch / "new/out.mp4", scratch / "in.mkv", *source); }),
      "cannot keep of"));
  check_streams(scratch / "new/out.mkv", scratch / "in.mkv", *source);
  CHECK_FALSE(fs::exists(scratch / "new"));
  CHECK_THROWS_AS(check_sink("-", scratch / "in.mkv"), Error);
}

TEST_CASE("pages that are left out are told, but where the file is copied") {
  const Scratch scratch;
  std::vector<std::string> notes;
  SinkOptions options;
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  write_image(scratch / "a.png", ramp(20, 30));
  const auto source = open_source(scratch / "a.png");
  const auto sink = open_sink(scratch / "b.png", scratch / "a.png", *source, options);
  auto frame = source->next();
  frame->metadata = std::make_shared<const ImageMetadata>(ImageMetadata{.pages = 3});
  sink->write(*frame, Changed::No);
  CHECK(notes.empty());
  sink->write(*frame, Changed::Yes);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0] == "a.png: is the first of 3 pages, the others are left out");
}

TEST_CASE("an image under any name can go into one image") {
  const Scratch scratch;
  for (const char* name : {"photo.jfif", "photo", "photo.JPE", "clip.mp4"}) {
    CAPTURE(name);
    write_bytes(scratch / name, jpeg_with_metadata());
    pass(scratch / name, scratch / "out" / (std::string(name) + ".jpg"), Changed::No);
    CHECK(read_bytes(scratch / "out" / (std::string(name) + ".jpg")) == jpeg_with_metadata());
  }
}

TEST_CASE(
    "an output whose suffix is no word is a folder, and an unknown word is refused with a hint") {
  const Scratch scratch;
  write_image(scratch / "a.png", ramp(40, 30));
  pass(scratch / "a.png", scratch / "out_1.5", Changed::Yes);
  CHECK(fs::exists(scratch / "out_1.5/a.png"));
  CHECK(contains(message_of([&] { check_sink(scratch / "x.gif", scratch / "a.png"); }),
                 ".gif is no image or video that can be written; for a folder"));
  check_sink(scratch / "x.gif/", scratch / "a.png");
}

TEST_CASE("a name in any bytes or as long as the file system takes is read and written") {
  const Scratch scratch;
  const std::string longest = std::string(251, 'n') + ".png";
  const std::vector<std::string> names{longest, "sp ace '\"%d*.png", "\xE4\xBD\xA0.png",
                                       "b\xFF.png"};
  for (const std::string& name : names) write_image(scratch / "in" / name, ramp(40, 30));
  const auto source = open_source(scratch / "in");
  const auto sink = open_sink(scratch / "out", scratch / "in", *source);
  std::vector<std::string> seen;
  while (auto frame = source->next()) {
    CHECK(frame->error.empty());
    seen.push_back(frame->name);
    sink->write(*frame, Changed::Yes);
  }
  sink->finish();
  CHECK(std::count(seen.begin(), seen.end(), "b%FF.png") == 1);
  for (const std::string& name : names) CHECK(fs::exists(scratch / "out" / name));
}

TEST_CASE("an image that is gone when it is to be copied is written from its pixels") {
  const Scratch scratch;
  write_image(scratch / "in/a.png", ramp(40, 30));
  const auto source = open_source(scratch / "in");
  auto frame = source->next();
  fs::remove(scratch / "in/a.png");
  const auto sink = open_sink(scratch / "out", scratch / "in", *source);
  sink->write(*frame, Changed::No);
  CHECK(largest_difference(read_image(scratch / "out/a.png"), ramp(40, 30)) == 0);
}

TEST_CASE(
    "an image that its format cannot hold is told apart from a place that cannot be written") {
  const Scratch scratch;
  write_bytes(scratch / "in/a.jpg",
              encode_image("x.png", {4, 65600, CV_8UC3, cv::Scalar(9, 9, 9)}));
  CHECK_THROWS_AS(pass(scratch / "in", scratch / "out", Changed::Yes), UnfitFrame);
  CHECK_FALSE(fs::exists(scratch / "out/a.jpg"));
}

TEST_CASE("frames of a video with alpha keep it as images") {
  const Scratch scratch;
  for (const char* pixels : {"yuva420p", "yuva444p10le"}) {
    CAPTURE(pixels);
    ffmpeg(scratch.path(),
           "-f lavfi -i color=red:size=64x48,format=" + std::string(pixels) +
               ",geq=lum=90:cb=128:cr=128:a='if(lt(X\\,32)\\,0\\,255)' -frames:v 1 -c:v ffv1 "
               "-y in.mkv");
    SinkOptions options;
    options.overwrite = true;
    pass(scratch / "in.mkv", scratch / "out", Changed::Yes, options);
    const StillImage image = read_still(scratch / "out/000000.png");
    REQUIRE(image.alpha.size() == cv::Size(64, 48));
    REQUIRE(image.alpha.depth() == image.pixels.depth());
    CHECK(cv::mean(image.alpha.colRange(0, 32))[0] == 0);
    CHECK(cv::mean(image.alpha.colRange(32, 64))[0] > 100);
  }
}

TEST_CASE("alpha that a video does not keep is shown over white and told") {
  const Scratch scratch;
  cv::Mat image(32, 32, CV_8UC4, cv::Scalar(0, 0, 0, 0));
  write_image(scratch / "in/a.png", image);
  std::vector<std::string> notes;
  SinkOptions options;
  options.encode = {.crf = 1, .preset = "ultrafast"};
  options.note = [&](std::string_view line) { notes.emplace_back(line); };
  pass(scratch / "in", scratch / "out.mp4", Changed::Yes, options);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], "out.mp4: .mp4 files do not keep alpha (shown over white)"));
  const auto frame = open_source(scratch / "out.mp4")->next();
  CHECK(cv::mean(frame->pixels)[1] > 250);
}

TEST_CASE("a folder that was taken away while images were written is named, and not made anew") {
  const Scratch scratch;
  write_image(scratch / "in/a.png", ramp(20, 20));
  const auto source = open_source(scratch / "in");
  const auto sink = open_sink(scratch / "out", scratch / "in", *source);
  auto frame = source->next();
  sink->write(*frame, Changed::Yes);
  fs::remove_all(scratch / "out");
  CHECK(contains(message_of([&] { sink->write(*frame, Changed::Yes); }), "was taken away"));
  CHECK_FALSE(fs::exists(scratch / "out"));
}
