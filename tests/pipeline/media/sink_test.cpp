// SPDX-License-Identifier: MIT
#include "pipeline/media/sink.h"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/files.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/fakes.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<unsigned char>;

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
  cv::imencode(".png", image, bytes);
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
  options.hooks.image = [](const fs::path&, Bytes&) { throw std::runtime_error("no mark"); };
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
