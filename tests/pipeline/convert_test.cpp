// SPDX-License-Identifier: MIT
#include "pipeline/convert.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/mark/watermark_detector.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/pipeline/convert_case.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;
namespace fs = std::filesystem;

TEST_CASE("every frame is written under its name, one without a face unchanged, and counted") {
  Case c;
  make_folder_of(c.options.input, 4);
  const ConvertReport report = c.run();
  CHECK(report.frames == 4);
  CHECK(report.written == 4);
  CHECK(report.converted == 3);
  CHECK(report.faces == 3);
  CHECK(report.without_face == 1);
  CHECK(report.failed.empty());
  for (const int n : {0, 2, 3}) CHECK(middle_of(c.out(n)) == kBlue);
  CHECK(largest_difference(read_image(c.out(1)), image(1)) == 0);
  CHECK(c.swapper.faces == 3);
}

TEST_CASE("an unreadable image is reported and left out, the others are converted") {
  Case c;
  make_folder_of(c.options.input, 4);
  std::ofstream(c.options.input / "shot3_2.png") << "not an image";
  const ConvertReport report = c.run();
  REQUIRE(report.failed.size() == 1);
  CHECK(contains(report.failed[0], "shot3_2.png"));
  CHECK(report.written == 3);
  CHECK(report.converted == 2);
  CHECK_FALSE(fs::exists(c.out(2)));
  CHECK(middle_of(c.out(3)) == kBlue);
}

TEST_CASE("a frame that cannot be worked on is reported in a line, the others are converted") {
  Case c;
  make_folder_of(c.options.input, 5);
  int calls = 0;
  c.swapper = FakeSwapper([&](const cv::Mat& x) {
    if (++calls == 2) throw std::runtime_error("\n\nfirst line\n\tthe reason\n");
    return cv::Mat(x.size(), CV_32FC3, cv::Scalar(200, 40, 30) / 255);
  });
  const auto find = [](const Frame& frame) {
    if (frame.index == 3) CV_Error(cv::Error::StsAssert, "too large");
    return find_face(frame);
  };
  const ConvertReport report = c.run(find);
  REQUIRE(report.failed.size() == 2);
  CHECK(report.failed[0] == "shot3_2.png: the reason");
  CHECK(report.failed[1].starts_with("shot3_3.png: too large in "));
  CHECK(report.frames == 5);
  CHECK(report.written == 3);
  CHECK(report.converted == 2);
  for (const int n : {2, 3}) CHECK_FALSE(fs::exists(c.out(n)));
  CHECK(middle_of(c.out(4)) == kBlue);
}

TEST_CASE("what keeps every frame from being worked on ends the run") {
  Case c;
  make_folder_of(c.options.input, 2);
  const auto no_model = [](const Frame&) -> FrameFaces { fail(ErrorCode::Input, "no model"); };
  CHECK(fault_of([&] { c.run(no_model); }) == ErrorCode::Input);
}

TEST_CASE("an image on which nothing was drawn is written byte for byte") {
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", ramp(40, 30), jpeg, {cv::IMWRITE_JPEG_QUALITY, 50});
  Case c;
  write_bytes(c.options.input / "shot 1.jpg", jpeg);
  SUBCASE("without a face") {
    const auto find_none = [](const Frame&) { return FrameFaces{}; };
    CHECK(c.run(find_none).without_face == 1);
  }
  SUBCASE("outside the ranges") {
    c.options.ranges = {"7-9"};
    CHECK(c.run().outside == 1);
  }
  CHECK(read_bytes(c.options.output / "shot 1.jpg") == jpeg);
}

TEST_CASE("hooks see each changed frame before it is encoded and each file made of one") {
  Case c;
  make_folder_of(c.options.input, 3);
  std::mutex mutex;
  std::set<std::string> frames;
  std::set<fs::path> files;
  c.options.hooks.frame = [&](Frame& frame) {
    const std::lock_guard lock(mutex);
    frames.insert(frame.name);
    frame.pixels.at<cv::Vec3b>(0, 0) = {1, 2, 3};
  };
  c.options.hooks.image = [&](const Frame&, const fs::path& file,
                              std::vector<unsigned char>& bytes) {
    const std::lock_guard lock(mutex);
    files.insert(file);
    bytes.push_back('!');
  };
  c.run();
  CHECK(frames == std::set<std::string>{"shot3_0.png", "shot3_2.png"});
  CHECK(files == std::set<fs::path>{c.out(0), c.out(2)});
  CHECK(read_image(c.out(2)).at<cv::Vec3b>(0, 0) == cv::Vec3b(1, 2, 3));
  CHECK(read_bytes(c.out(2)).back() == '!');
  CHECK(read_bytes(c.out(1)) == read_bytes(c.options.input / "shot3_1.png"));

  c.options.output = c.scratch / "out.mp4";
  frames.clear();
  c.run();
  CHECK(frames.size() == 2);
}

TEST_CASE("a watermark changes converted frames by 45 dB at most, and others not at all") {
  Case c;
  fs::create_directories(c.options.input);
  for (const int n : {0, 1})
    write_image(c.options.input / ("shot3_" + std::to_string(n) + ".png"),
                texture(static_cast<std::uint64_t>(n), {320, 240}));
  c.run();
  const cv::Mat without = read_image(c.out(0));
  c.options.output = c.scratch / "marked";
  c.options.watermark = 0x00a1b2c3d4e5f6;
  c.run();
  const cv::Mat with = read_image(c.out(0));
  CHECK(psnr(without, with) >= 45);
  CHECK(cv::norm(without, with, cv::NORM_INF) > 0);
  CHECK(detect_watermark(with).payload == WatermarkPayload{.asset = 0x00a1b2c3d4e5f6});
  CHECK(read_bytes(c.out(1)) == read_bytes(c.options.input / "shot3_1.png"));
}

TEST_CASE("frames outside the ranges are copied, or left out on wish") {
  for (const bool discard : {false, true}) {
    Case c;
    make_folder_of(c.options.input, 4);
    c.options.ranges = {"2-2", "3-max"};
    c.options.discard = discard;
    const ConvertReport report = c.run();
    CHECK(report.outside == 2);
    CHECK(report.converted == 2);
    CHECK(report.written == (discard ? 2 : 4));
    CHECK(fs::exists(c.out(0)) == !discard);
    if (!discard) CHECK(largest_difference(read_image(c.out(0)), image(0)) == 0);
  }
}

TEST_CASE("a malformed range ends the run before anything is written") {
  Case c;
  make_folder_of(c.options.input, 2);
  c.options.ranges = {"1-x"};
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  CHECK_FALSE(fs::exists(c.options.output));
}

TEST_CASE("what is there already is not replaced without being told to") {
  Case c;
  make_folder_of(c.options.input, 2);
  c.run();
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  c.options.overwrite = true;
  CHECK(c.run().written == 2);

  Case one;
  make_folder_of(one.scratch / "images", 1);
  one.options.input = one.scratch / "images/shot3_0.png";
  one.options.output = one.scratch / "done.jpg";
  CHECK(one.run().written == 1);
  CHECK(fault_of([&] { one.run(); }) == ErrorCode::Usage);
}

TEST_CASE("the input is never its own output") {
  Case c;
  make_folder_of(c.options.input, 1);
  c.options.overwrite = true;
  c.options.output = c.options.input / ".";
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  c.options.input = c.scratch / "in/shot3_0.png";
  CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  CHECK(largest_difference(read_image(c.options.input), image(0)) == 0);
}

TEST_CASE("an output that does not go with the input is refused") {
  Case c;
  make_folder_of(c.options.input, 2);
  for (const char* name : {"one.png", "text.txt"}) {
    c.options.output = c.scratch / name;
    CHECK(fault_of([&] { c.run(); }) == ErrorCode::Usage);
  }
}

TEST_CASE("a dry run writes nothing") {
  Case c;
  make_folder_of(c.options.input, 3);
  c.options.dry_run = true;
  const ConvertReport report = c.run();
  CHECK(report.frames == 3);
  CHECK(report.written == 0);
  CHECK_FALSE(fs::exists(c.options.output));
}

TEST_CASE("a video becomes a video of as many frames, in order") {
  Case c;
  c.options.input = c.scratch / "in.mp4";
  c.options.output = c.scratch / "out.mkv";
  c.options.encode = {.crf = 1, .preset = "ultrafast"};
  make_video_of(c.options.input, 12);
  const ConvertReport report = c.run();
  CHECK(report.frames == 12);
  CHECK(report.converted == 11);
  VideoReader reader(c.options.output);
  for (int n = 0; n < 12; ++n) {
    CAPTURE(n);
    const auto frame = reader.next();
    REQUIRE(frame);
    CHECK(frame->seconds == doctest::Approx(n / 25.0).epsilon(0.01));
    CHECK(std::abs(frame->pixels.at<cv::Vec3b>(5, 5)[1] - (40 + 10 * n)) <= 4);
    const bool drawn = frame->pixels.at<cv::Vec3b>(kHeight / 2, kWidth / 2)[0] > 180;
    CHECK(drawn == (n != 1));
  }
  CHECK_FALSE(reader.next());
}

TEST_CASE("a video becomes a folder of numbered images, and images a video") {
  Case c;
  c.options.input = c.scratch / "in.mp4";
  make_video_of(c.options.input, 3);
  c.run();
  CHECK(list_images(c.options.output).size() == 3);
  CHECK(middle_of(c.options.output / "000002.png")[0] > 180);

  Case back;
  make_folder_of(back.options.input, 3);
  back.options.output = back.scratch / "out.mp4";
  CHECK(back.run().written == 3);
  CHECK(VideoReader(back.options.output).info().width == kWidth);
}

TEST_CASE("with images the adjust converter needs boxes only") {
  Case c;
  make_folder_of(c.options.input, 1);
  c.options.converter = ConverterKind::Adjust;
  c.options.compose.color = ColorMatch::None;
  const ConvertReport report = c.run([](const Frame&) {
    return FrameFaces{.faces = {{.box = {40, 20, 80, 80}}}};
  });
  CHECK(report.converted == 1);
  CHECK(middle_of(c.out(0)) == kBlue);
}

TEST_CASE("the output depends neither on the batch nor on the threads") {
  Case c;
  make_folder_of(c.options.input, 9);
  std::vector<std::vector<unsigned char>> first;
  for (const auto& [batch, threads] : {std::pair(1, 1), {4, 1}, {4, 3}}) {
    c.swapper = FakeSwapper([](const cv::Mat& x) { return cv::Mat(x * 0.5); }, 64, batch);
    c.options.threads = threads;
    c.options.overwrite = true;
    CHECK(c.run().converted == 8);
    std::vector<std::vector<unsigned char>> files;
    files.reserve(9);
    for (int n = 0; n < 9; ++n) files.push_back(read_bytes(c.out(n)));
    if (first.empty()) first = files;
    CHECK(files == first);
  }
}

TEST_CASE("faces of several frames share a run of the network") {
  Case c;
  make_folder_of(c.options.input, 9);  // of which 8 have a face
  c.swapper = constant_swapper({200, 40, 30}, 64, 4);
  c.run();
  CHECK(c.swapper.faces == 8);
  CHECK(c.swapper.runs == 2);
}

TEST_CASE("of a batch that fails, only the frame with the fault is left out") {
  Case c;
  make_folder_of(c.options.input, 5);
  c.swapper = FakeSwapper(
      [](const cv::Mat& x) {
        if (std::abs(x.at<cv::Vec3f>(32, 32)[0] - 60 / 255.0F) < 0.01F)
          throw std::runtime_error("cannot draw this");
        return cv::Mat(x.size(), CV_32FC3, cv::Scalar(200, 40, 30) / 255);
      },
      64, 4);
  const ConvertReport report = c.run();
  REQUIRE(report.failed.size() == 1);
  CHECK(contains(report.failed[0], "shot3_2.png: cannot draw this"));
  CHECK(report.converted == 3);
}

TEST_CASE("a report tells what each stage did") {
  Case c;
  make_folder_of(c.options.input, 3);
  const ConvertReport report = c.run();
  std::vector<std::string> names;
  for (const StageReport& stage : report.stages) {
    names.push_back(stage.name);
    CHECK(stage.items == 3);
  }
  CHECK(names == std::vector<std::string>{"read", "align", "swap", "blend", "encode", "write"});
}

TEST_CASE("a report tells what the stages of its search did, before those of the conversion") {
  Case c;
  make_folder_of(c.options.input, 2);
  FakeSwapper swapper = identity_swapper();
  const FindFaces none = [](const Frame&) { return FrameFaces{}; };
  const auto search = [&](const SearchOptions& options, FacesFile known, const SearchWatch& watch) {
    watch.stages({{.name = "search read", .items = 2}});
    watch.stages({{.name = "search read", .items = 1}});
    return searching(none)(options, std::move(known), watch);
  };
  const ConvertReport report = convert(c.options, swapper, search);
  REQUIRE(report.stages.size() > 1);
  CHECK(report.stages.front().name == "search read");
  CHECK(report.stages.front().items == 3);
  CHECK(report.stages.back().name == "write");
}

TEST_CASE("a second around a range of a video is searched, too, and no more") {
  Case c;
  c.options.input = c.scratch / "in.mp4";
  make_video_of(c.options.input, 80);
  c.options.ranges = {"35-40"};
  std::int64_t first = 80;
  std::int64_t last = -1;
  const ConvertReport report = c.run([&](const Frame& frame) {
    first = std::min(first, frame.index);
    last = std::max(last, frame.index);
    return FrameFaces{.name = frame.name, .index = frame.index, .faces = {middle_face()}};
  });
  const auto second = static_cast<std::int64_t>(std::lround(open_source(c.options.input)->rate()));
  CHECK(first == 35 - second);
  CHECK(last == 40 + second);
  CHECK(report.converted == 6);
}
