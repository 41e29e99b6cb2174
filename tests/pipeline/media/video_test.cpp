// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/libav.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 64;

/// Smooth colours with a number: a white bar whose position is the frame's index.
cv::Mat drawn(int index, cv::Size size = {kWidth, kHeight}) {
  cv::Mat image(size, CV_8UC3);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      image.at<cv::Vec3b>(y, x) =
          cv::Vec3b(cv::saturate_cast<uchar>(40 + 160 * x / size.width),
                    cv::saturate_cast<uchar>(200 - 150 * y / size.height), 90);
  image(cv::Rect(4 * index % (size.width - 4), 0, 4, 12)).setTo(cv::Scalar::all(255));
  return image;
}

int bar_of(const cv::Mat& image) {
  int best = 0;
  int most = -1;
  for (int index = 0; 4 * index + 4 <= image.cols; ++index) {
    const cv::Scalar mean = cv::mean(image(cv::Rect(4 * index, 1, 4, 8)));
    const int sum = static_cast<int>(mean[0] + mean[1] + mean[2]);
    if (sum > most) most = sum, best = index;
  }
  return best;
}

void write_video(const std::filesystem::path& file, int frames,
                 const VideoWriterOptions& options = {}, cv::Size size = {kWidth, kHeight}) {
  VideoWriter writer(file, options);
  for (int i = 0; i < frames; ++i)
    writer.write(drawn(i, size),
                 options.time_base ? std::optional(i / options.rate.value()) : std::nullopt);
  writer.finish();
}

std::vector<VideoReader::Image> read_all(const std::filesystem::path& file) {
  VideoReader reader(file);
  std::vector<VideoReader::Image> images;
  while (auto image = reader.next()) images.push_back(std::move(*image));
  return images;
}

/// Largest difference of the mean colours of 8x8 blocks: colour, not sharpness.
double color_error(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat3f small_a;
  cv::Mat3f small_b;
  const auto shrink = [](const cv::Mat& in, cv::Mat3f& out) {
    out.create(in.rows / 8, in.cols / 8);
    for (int y = 0; y < out.rows; ++y)
      for (int x = 0; x < out.cols; ++x) {
        const cv::Scalar mean = cv::mean(in(cv::Rect(8 * x, 8 * y, 8, 8)));
        out(y, x) = cv::Vec3f(static_cast<float>(mean[0]), static_cast<float>(mean[1]),
                              static_cast<float>(mean[2]));
      }
  };
  shrink(a, small_a);
  shrink(b, small_b);
  return cv::norm(small_a, small_b, cv::NORM_INF);
}

void set_matrix(const std::filesystem::path& file, const std::vector<std::int32_t>& matrix) {
  auto bytes = read_bytes(file);
  const std::string kind = "tkhd";
  auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end());
  REQUIRE(at != bytes.end());
  at += 44;  // name 4, version 4, times 8, id 4, 0 4, duration 4, 0 8, layer group volume 0 8
  for (const std::int32_t value : matrix)
    for (int shift = 24; shift >= 0; shift -= 8)
      *at++ = static_cast<unsigned char>(static_cast<std::uint32_t>(value) >> shift);
  write_bytes(file, bytes);
}

}  // namespace

TEST_CASE("as many frames come out as went in, in order, at an exact rate") {
  const Scratch scratch;
  for (const char* name : {"a.mp4", "a.mkv", "a.mov", "a.avi"}) {
    CAPTURE(name);
    write_video(scratch / name, 20, {.rate = {30000, 1001}});
    VideoReader reader(scratch / name);
    CHECK(reader.info().width == kWidth);
    CHECK(reader.info().height == kHeight);
    CHECK(reader.info().rate.value() == doctest::Approx(30000.0 / 1001).epsilon(1e-6));
    int index = 0;
    while (const auto image = reader.next()) {
      CHECK(bar_of(image->pixels) == index);
      CHECK(image->seconds == doctest::Approx(index * 1001 / 30000.0).epsilon(2e-3));
      ++index;
    }
    CHECK(index == 20);
  }
  VideoReader reader(scratch / "a.mp4");
  CHECK(reader.info().rate.num == 30000);
  CHECK(reader.info().rate.den == 1001);
  CHECK(reader.info().frames == 20);
  CHECK(reader.info().seconds == doctest::Approx(20 * 1001 / 30000.0));
}

TEST_CASE("colours survive a round trip in every matrix and range, and are tagged") {
  const Scratch scratch;
  struct Case {
    std::optional<VideoColor> color;
    int matrix;
    cv::Size size;
  };
  const cv::Size small(kWidth, kHeight);
  for (const auto& c : {Case{{}, 6, small}, Case{{}, 1, {128, 720}}, Case{VideoColor{}, 2, small},
                        Case{VideoColor{}, 2, {128, 720}}, Case{VideoColor{.matrix = 1}, 1, small},
                        Case{VideoColor{.matrix = 6}, 6, {128, 720}},
                        Case{VideoColor{.matrix = 5, .primaries = 5, .transfer = 6}, 5, small},
                        Case{VideoColor{.matrix = 1, .range = ColorRange::Full}, 1, small}}) {
    CAPTURE(c.matrix);
    write_video(scratch / "c.mp4", 3, {.color = c.color, .crf = 4}, c.size);
    VideoReader reader(scratch / "c.mp4");
    CHECK(reader.info().color.matrix == c.matrix);
    const VideoColor color = c.color.value_or(VideoColor{.range = ColorRange::Limited});
    if (color.range != ColorRange::Unspecified) CHECK(reader.info().color.range == color.range);
    const auto image = reader.next();
    REQUIRE(image.has_value());
    CHECK(color_error(image->pixels, drawn(0, c.size)) < 2);
  }
}

TEST_CASE("colour and YCbCr are related as H.273 says, both ways, for each matrix and range") {
  struct Case {
    int matrix;
    double red, blue;  // weights in luma
    bool full;
  };
  for (const auto& c :
       {Case{1, .2126, .0722, false}, Case{1, .2126, .0722, true}, Case{6, .299, .114, false},
        Case{5, .299, .114, true}, Case{9, .2627, .0593, false}}) {
    CAPTURE(c.matrix);
    CAPTURE(c.full);
    for (const cv::Vec3b& bgr :
         {cv::Vec3b(0, 255, 0), cv::Vec3b(200, 30, 90), cv::Vec3b(9, 9, 9)}) {
      const double b = bgr[0] / 255.0;
      const double g = bgr[1] / 255.0;
      const double r = bgr[2] / 255.0;
      const double luma = c.red * r + (1 - c.red - c.blue) * g + c.blue * b;
      const double cb = (b - luma) / (2 - 2 * c.blue);
      const double cr = (r - luma) / (2 - 2 * c.red);
      const double y = c.full ? 255 * luma : 16 + 219 * luma;
      const double chroma = c.full ? 255 : 224;
      libav::Conversion how{.to = libav::ScaleTo::Yuv, .width = 16, .height = 16};
      how.matrix = c.matrix;
      how.full_range = c.full;
      cv::Mat image(16, 16, CV_8UC3, cv::Scalar(bgr));
      cv::Mat planes[3] = {cv::Mat(16, 16, CV_8U), cv::Mat(8, 8, CV_8U), cv::Mat(8, 8, CV_8U)};
      unsigned char* const data[4] = {planes[0].data, planes[1].data, planes[2].data};
      unsigned char* const pixels[4] = {image.data};
      const int steps[4] = {16, 8, 8};
      const int step[4] = {48};
      sws_scale(libav::make_scaler(how).get(), pixels, step, 0, 16, data, steps);
      CHECK(std::abs(planes[0].at<uchar>(5, 5) - y) < 1.5);
      CHECK(std::abs(planes[1].at<uchar>(5, 5) - (128 + chroma * cb)) < 1.5);
      CHECK(std::abs(planes[2].at<uchar>(5, 5) - (128 + chroma * cr)) < 1.5);
      how.to = libav::ScaleTo::Bgr;
      image.setTo(0);
      sws_scale(libav::make_scaler(how).get(), data, steps, 0, 16, pixels, step);
      CHECK(cv::norm(image.at<cv::Vec3b>(5, 5), bgr, cv::NORM_INF) <= 3);
    }
  }
}

TEST_CASE("the display matrix turns frames upright") {
  const Scratch scratch;
  const cv::Mat stored = drawn(0);
  struct Case {
    std::vector<std::int32_t> matrix;
    int degrees;
    int code;
  };
  constexpr std::int32_t kOne = 1 << 16;
  constexpr std::int32_t kLast = 1 << 30;
  for (const auto& c :
       {Case{{0, kOne, 0, -kOne, 0, 0, 0, 0, kLast}, 90, cv::ROTATE_90_CLOCKWISE},
        Case{{-kOne, 0, 0, 0, -kOne, 0, 0, 0, kLast}, 180, cv::ROTATE_180},
        Case{{0, -kOne, 0, kOne, 0, 0, 0, 0, kLast}, 270, cv::ROTATE_90_COUNTERCLOCKWISE}}) {
    CAPTURE(c.degrees);
    write_video(scratch / "t.mp4", 2, {.pixel_aspect = {4, 3}, .crf = 4});
    set_matrix(scratch / "t.mp4", c.matrix);
    VideoReader reader(scratch / "t.mp4");
    const bool sideways = c.degrees != 180;
    CHECK(reader.info().rotation == c.degrees);
    CHECK(reader.info().width == (sideways ? kHeight : kWidth));
    CHECK(reader.info().pixel_aspect.num == (sideways ? 3 : 4));
    cv::Mat wanted;
    cv::rotate(stored, wanted, c.code);
    const auto image = reader.next();
    REQUIRE(image.has_value());
    REQUIRE(image->pixels.size() == wanted.size());
    CHECK(color_error(image->pixels, wanted) < 4);
  }
  write_video(scratch / "m.mp4", 1, {.crf = 4});
  set_matrix(scratch / "m.mp4", {-kOne, 0, 0, 0, kOne, 0, 0, 0, kLast});
  cv::Mat mirrored;
  cv::flip(stored, mirrored, 1);
  CHECK(color_error(read_all(scratch / "m.mp4").at(0).pixels, mirrored) < 4);
}

TEST_CASE("time stamps that are not evenly spaced are kept") {
  const Scratch scratch;
  const std::vector<double> stamps = {0, 0.04, 0.05, 0.3, 0.301, 1.5};
  VideoWriter writer(scratch / "v.mp4", {.rate = {25, 1}, .time_base = Rational{1, 90000}});
  for (std::size_t i = 0; i < stamps.size(); ++i)
    writer.write(drawn(static_cast<int>(i)), stamps[i]);
  CHECK(writer.frames() == 6);
  writer.finish();
  const auto images = read_all(scratch / "v.mp4");
  REQUIRE(images.size() == stamps.size());
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    CHECK(std::abs(images[i].seconds - stamps[i]) < 1e-4);
    CHECK(bar_of(images[i].pixels) == static_cast<int>(i));
  }
}

TEST_CASE("two frames on one tick are both kept") {
  const Scratch scratch;
  VideoWriter writer(scratch / "v.mkv", {.time_base = Rational{1, 1000}});
  for (int i = 0; i < 4; ++i) writer.write(drawn(i), 0.5);
  writer.finish();
  CHECK(read_all(scratch / "v.mkv").size() == 4);
}

TEST_CASE("a video is written like another") {
  const Scratch scratch;
  write_video(scratch / "a.mp4", 5,
              {.rate = {24000, 1001}, .pixel_aspect = {4, 3}, .color = VideoColor{.matrix = 1}});
  const VideoInfo first = VideoReader(scratch / "a.mp4").info();
  write_video(scratch / "b.mp4", 5, VideoWriterOptions::like(first));
  const VideoInfo second = VideoReader(scratch / "b.mp4").info();
  CHECK(second.rate.num == first.rate.num);
  CHECK(second.rate.den == first.rate.den);
  CHECK(second.pixel_aspect.num == 4);
  CHECK(second.color.matrix == 1);
  CHECK(second.color.transfer == 2);
  // AVI has no room for the first one's fine time stamps, only for its rate.
  write_video(scratch / "c.avi", 5, VideoWriterOptions::like(first));
  const VideoInfo third = VideoReader(scratch / "c.avi").info();
  CHECK(third.rate.value() == doctest::Approx(first.rate.value()).epsilon(1e-6));
  CHECK(third.frames == 5);
}

TEST_CASE("an odd size grows by one repeated row and column") {
  const Scratch scratch;
  write_video(scratch / "odd.mp4", 3, {.crf = 4}, {97, 65});
  const auto images = read_all(scratch / "odd.mp4");
  REQUIRE(images.size() == 3);
  CHECK(images[0].pixels.size() == cv::Size(98, 66));
  CHECK(color_error(images[0].pixels(cv::Rect(0, 0, 97, 65)), drawn(0, {97, 65})) < 2);
}

TEST_CASE("a video that was cut off gives its frames and then says so, once") {
  const Scratch scratch;
  write_video(scratch / "a.mp4", 60);
  auto bytes = read_bytes(scratch / "a.mp4");
  bytes.resize(bytes.size() * 2 / 3);  // the index stands in front
  write_bytes(scratch / "cut.mp4", bytes);
  VideoReader reader(scratch / "cut.mp4");
  int frames = 0;
  std::string message;
  try {
    while (const auto image = reader.next()) {
      // The last few may have leaned on frames that are gone; what is there keeps its time.
      CHECK(bar_of(image->pixels) == std::lround(image->seconds * 25) % 23);
      CHECK(image->seconds * 25 >= frames - 1e-6);
      ++frames;
    }
  } catch (const Error& e) {
    message = e.what();
  }
  CHECK(frames > 5);
  CHECK(frames < 60);
  CHECK(contains(message, "cut.mp4: cut off: "));
  CHECK(contains(message, "of 60 frames"));
  CHECK(!reader.next().has_value());

  const auto source = open_source(scratch / "cut.mp4");
  int good = 0;
  int bad = 0;
  while (const auto frame = source->next()) ++(frame->error.empty() ? good : bad);
  CHECK(good == frames);
  CHECK(bad == 1);
}

TEST_CASE("a damaged image near the end costs itself only, and is told") {
  const Scratch scratch;
  write_video(scratch / "a.mp4", 20, {.crf = 4, .preset = "ultrafast"});
  auto bytes = read_bytes(scratch / "a.mp4");
  const std::string kind = "mdat";
  auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end()) + 4;
  // Four bytes of length, then one whose lower five bits are 1 or 5 for an image's slice.
  std::vector<unsigned char*> slices;
  while (bytes.end() - at > 5) {
    const int type = at[4] & 31;
    if (type == 1 || type == 5) slices.push_back(&at[4]);
    at += 4 + (at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3]);
  }
  REQUIRE(slices.size() == 20);
  *slices[18] |= 31;  // a kind that no decoder knows
  write_bytes(scratch / "damaged.mp4", bytes);
  VideoReader reader(scratch / "damaged.mp4");
  int frames = 0;
  const std::string message = message_of([&] {
    while (reader.next()) ++frames;
  });
  CHECK(frames == 19);
  CHECK(contains(message, "1 damaged packets"));
}

TEST_CASE("a file without its index, or no video at all, is refused") {
  const Scratch scratch;
  write_video(scratch / "a.mp4", 5);
  auto bytes = read_bytes(scratch / "a.mp4");
  bytes.resize(100);
  write_bytes(scratch / "head.mp4", bytes);
  const std::string why = message_of([&] { VideoReader(scratch / "head.mp4"); });
  CAPTURE(why);
  CHECK(contains(why, "head.mp4: holds no video"));
  CHECK(contains(message_of([&] { VideoReader(scratch / "no.mp4"); }), "no.mp4: no such file"));
}

TEST_CASE("nothing is left of a video that was not finished") {
  const Scratch scratch;
  {
    VideoWriter writer(scratch / "a.mp4");
    for (int i = 0; i < 30; ++i) writer.write(drawn(i));
    CHECK(!std::filesystem::exists(scratch / "a.mp4"));
    CHECK(writer.encoder().find("264") != std::string::npos);
  }
  CHECK(std::filesystem::is_empty(scratch.path()));
}

TEST_CASE("wishes that a video cannot meet are refused") {
  const Scratch scratch;
  CHECK_THROWS_AS(VideoWriter(scratch / "a.txt"), Error);
  CHECK_THROWS_AS(VideoWriter(scratch / "a.mp4", {.rate = {0, 1}}), Error);
  CHECK_THROWS_AS(VideoWriter(scratch / "a.mp4", {.crf = 99}), Error);
  VideoWriter writer(scratch / "a.mp4");
  CHECK_THROWS_AS(writer.finish(), Error);
  writer.write(drawn(0));
  CHECK(contains(message_of([&] { VideoWriter(scratch / "b.mp4", {.codec = "h999"}); }),
                 "no codec 'h999'"));
  CHECK(contains(message_of([&] { VideoWriter(scratch / "b.mp4", {.encoder = "libnone"}); }),
                 "no encoder 'libnone' here; there are "));
  CHECK(contains(message_of([&] { VideoWriter(scratch / "b.mp4", {.codec = "ffv1"}); }),
                 "takes no ffv1"));
  CHECK_THROWS_AS(writer.write(cv::Mat(kHeight, kWidth, CV_8UC1)), Error);
}

TEST_CASE("a video is a source of frames with numbers and time stamps") {
  const Scratch scratch;
  write_video(scratch / "a.mp4", 12, {.rate = {10, 1}});
  const auto source = prefetch(open_source(scratch / "a.mp4"));
  CHECK(source->is_video());
  CHECK(source->rate() == 10);
  CHECK(source->count() == 12);
  std::int64_t index = 0;
  while (const auto frame = source->next()) {
    CHECK(frame->name == frame_name(index));
    CHECK(frame->seconds == doctest::Approx(static_cast<double>(index) / 10));
    ++index;
  }
  CHECK(index == 12);
}
