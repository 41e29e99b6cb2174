// SPDX-License-Identifier: MIT
#include "pipeline/media/source.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_writer.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

namespace {

/// Counts what it hands out; throws at `bad`, if that is ever reached.
class Counter final : public FrameSource {
 public:
  Counter(std::int64_t count, std::int64_t bad, std::atomic<int>* made, std::atomic<bool>* gone)
      : count_(count), bad_(bad), made_(made), gone_(gone) {}
  ~Counter() override { *gone_ = true; }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  std::optional<Frame> next() override {
    if (at_ == bad_) fail(ErrorCode::Input, "counter: stopped at ", bad_);
    if (at_ == count_) return std::nullopt;
    Frame frame{.name = frame_name(at_), .index = at_};
    frame.pixels = cv::Mat(2, 2, CV_8UC3, cv::Scalar::all(static_cast<double>(at_)));
    last_pixels = frame.pixels.data;
    ++at_;
    ++*made_;
    return frame;
  }
  std::int64_t count() const override { return count_; }
  const unsigned char* last_pixels = nullptr;

 private:
  std::int64_t count_;
  std::int64_t bad_;
  std::int64_t at_ = 0;
  std::atomic<int>* made_;
  std::atomic<bool>* gone_;
};

struct Watched {
  std::atomic<int> made{0};
  std::atomic<bool> gone{false};
  std::unique_ptr<Counter> source(std::int64_t count, std::int64_t bad = -1) {
    return std::make_unique<Counter>(count, bad, &made, &gone);
  }
};

/// While it lives, no memory is to be had beyond what the process has, and 256 MiB.
class MemoryLimit {
 public:
  MemoryLimit() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit few = before_;
    few.rlim_cur = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{256} << 20U);
    ::setrlimit(RLIMIT_AS, &few);
  }
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

cv::Mat grey(int level) {
  return {4, 6, CV_8UC3, cv::Scalar::all(level)};
}

}  // namespace

TEST_CASE("a folder gives its images in natural order and goes on after a bad one") {
  const Scratch scratch;
  write_image(scratch / "f10.png", grey(10));
  write_image(scratch / "f2.png", grey(2));
  write_bytes(scratch / "f3.png", {});
  const auto source = open_source(scratch.path());
  CHECK(source->count() == 3);
  CHECK(!source->is_video());
  CHECK(source->rate() == 0);
  const auto first = source->next();
  REQUIRE(first.has_value());
  CHECK(first->name == "f2.png");
  CHECK(first->pixels.at<cv::Vec3b>(0, 0)[0] == 2);
  const auto bad = source->next();
  REQUIRE(bad.has_value());
  CHECK(contains(bad->error, "f3.png: empty file"));
  CHECK(bad->pixels.empty());
  const auto last = source->next();
  REQUIRE(last.has_value());
  CHECK(last->index == 2);
  CHECK(last->error.empty());
  CHECK(!source->next().has_value());
  CHECK(!source->next().has_value());
}

// Sanitizers need any amount of addresses, and end a program that runs out of memory.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a folder goes on after an image that there is not memory enough for") {
  const Scratch scratch;
  write_bytes(scratch / "1.png", {});
  std::filesystem::resize_file(scratch / "1.png", kMostImageBytes);  // takes no room on disk
  write_image(scratch / "2.png", grey(2));
  const auto source = open_source(scratch.path());
  const MemoryLimit little;
  const auto large = source->next();
  REQUIRE(large.has_value());
  CHECK(large->error == "1.png: std::bad_alloc");
  CHECK(source->next()->error.empty());
}
#endif

TEST_CASE("an image is a source of one frame") {
  const Scratch scratch;
  write_image(scratch / "one.bmp", grey(9));
  const auto source = open_source(scratch / "one.bmp");
  CHECK(source->count() == 1);
  CHECK(source->next()->name == "one.bmp");
  CHECK(!source->next().has_value());
}

TEST_CASE("frames that are not wanted are passed over and the others keep their index") {
  const Scratch scratch;
  VideoWriter writer(scratch / "v.mp4", {.rate = {10, 1}});
  for (int i = 0; i < 10; ++i) {
    write_image(scratch / ("in/" + frame_name(i) + ".png"), grey(i));
    writer.write(cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(20 * i)));
  }
  writer.finish();
  write_bytes(scratch / "in/000005.png", {});  // not wanted, so nobody minds that it is damaged
  const auto third = [](std::int64_t index) { return index % 3 == 1; };
  for (const char* name : {"in", "v.mp4"}) {
    const auto source = open_source(scratch / name, third);
    CHECK(source->count() == 10);
    for (const int index : {1, 4, 7}) {
      const auto frame = source->next();
      REQUIRE(frame.has_value());
      CHECK(frame->index == index);
      CHECK(frame->error.empty());
      CHECK(frame->name.starts_with(frame_name(index)));
      const bool video = source->is_video();
      CHECK(frame->seconds == doctest::Approx(video ? index / 10.0 : 0));
      CHECK(std::abs(frame->pixels.at<cv::Vec3b>(1, 1)[0] - (video ? 20 : 1) * index) <= 2);
    }
    CHECK(!source->next().has_value());
  }
}

TEST_CASE("what cannot be a source says why") {
  const Scratch scratch;
  const auto why = [&](const std::string& name) {
    return message_of([&] { open_source(scratch / name); });
  };
  std::filesystem::create_directory(scratch / "empty");
  const std::string text = "just a few words\n";
  write_bytes(scratch / "notes.txt",
              {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  CHECK(contains(why("nothing.mp4"), "nothing.mp4: no such file"));
  CHECK(contains(why("empty"), "holds no images"));
  CHECK(contains(why("notes.txt"), "notes.txt"));
}

TEST_CASE("reading ahead changes neither order nor number, and hands the same pixels on") {
  for (const std::size_t depth : {1U, 3U, 100U}) {
    Watched watched;
    const auto ahead = prefetch(watched.source(50), depth);
    CHECK(ahead->count() == 50);
    std::int64_t expected = 0;
    while (const auto frame = ahead->next()) {
      CHECK(frame->index == expected);
      CHECK(frame->pixels.at<cv::Vec3b>(1, 1)[2] == expected);
      ++expected;
    }
    CHECK(expected == 50);
    CHECK(!ahead->next().has_value());
  }
  Watched watched;
  auto source = watched.source(1);
  const Counter& inside = *source;
  const auto frame = prefetch(std::move(source))->next();
  REQUIRE(frame.has_value());
  CHECK(frame->pixels.u != nullptr);
  CHECK(frame->pixels.at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 0, 0));
  (void)inside;
}

TEST_CASE("reading ahead goes no further than asked") {
  Watched watched;
  {
    const auto ahead = prefetch(watched.source(1000), 4);
    for (int i = 0; i < 10; ++i) ahead->next();
    // 10 taken, at most 4 waiting, one in the thread's hand.
    CHECK(watched.made <= 15);
  }
  CHECK(watched.gone);
}

TEST_CASE("what the source throws comes out after the frames before it") {
  Watched watched;
  const auto ahead = prefetch(watched.source(100, 7), 2);
  for (int i = 0; i < 7; ++i) CHECK(ahead->next().has_value());
  CHECK(message_of([&] { ahead->next(); }) == "counter: stopped at 7");
  CHECK(!ahead->next().has_value());
}

TEST_CASE("a source that is read ahead may be dropped at any time") {
  for (int taken = 0; taken < 4; ++taken) {
    Watched watched;
    {
      const auto ahead = prefetch(watched.source(1000), 2);
      for (int i = 0; i < taken; ++i) ahead->next();
    }
    CHECK(watched.gone);
  }
}

TEST_CASE("frame names have six digits, and more where needed") {
  CHECK(frame_name(0) == "000000");
  CHECK(frame_name(41) == "000041");
  CHECK(frame_name(1234567) == "1234567");
}
