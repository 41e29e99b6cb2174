// SPDX-License-Identifier: MIT
#include "pipeline/media/source.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

class ImageSource final : public FrameSource {
 public:
  ImageSource(std::vector<fs::path> images, FrameChoice choice, std::string note = {})
      : images_(std::move(images)), choice_(std::move(choice)), note_(std::move(note)) {}

  std::optional<Frame> next() override {
    while (at_ < images_.size() && choice_ && !choice_(static_cast<std::int64_t>(at_))) ++at_;
    if (at_ == images_.size()) return std::nullopt;
    const fs::path& file = images_[at_];
    Frame frame{.name = utf8_name(file), .index = static_cast<std::int64_t>(at_), .file = file};
    ++at_;
    try {
      StillImage still = read_still(file);
      frame.pixels = std::move(still.pixels);
      frame.alpha = std::move(still.alpha);
      frame.metadata = std::move(still.metadata);
    } catch (const std::exception& e) {
      frame.error = frame_error(frame, e);
    }
    return frame;
  }
  std::int64_t count() const override { return static_cast<std::int64_t>(images_.size()); }
  std::string note() const override { return note_; }

 private:
  std::vector<fs::path> images_;
  FrameChoice choice_;
  std::string note_;
  std::size_t at_ = 0;
};

class VideoSource final : public FrameSource {
 public:
  VideoSource(const fs::path& file, FrameChoice choice)
      : reader_(file), choice_(std::move(choice)) {
    const Rational aspect = reader_.info().pixel_aspect;
    pixel_aspect_ = aspect.num > 0 ? aspect.value() : 1;
  }

  std::optional<Frame> next() override {
    Frame frame;
    try {
      while (choice_ && !choice_(index_)) {
        if (!reader_.skip()) return std::nullopt;
        ++index_;
      }
      auto image = reader_.next();
      if (!image) return std::nullopt;
      frame.pixels = std::move(image->pixels);
      frame.seconds = image->seconds;
      frame.stamp = image->stamp;
      frame.duration = image->duration;
      frame.decoded = std::move(image->decoded);
    } catch (const Error& e) {
      frame.error = e.what();
    }
    frame.pixel_aspect = pixel_aspect_;
    frame.name = frame_name(index_);
    frame.index = index_++;
    return frame;
  }
  std::int64_t count() const override { return reader_.info().frames; }
  const VideoInfo* video() const override { return &reader_.info(); }

 private:
  VideoReader reader_;
  double pixel_aspect_ = 1;
  FrameChoice choice_;
  std::int64_t index_ = 0;
};

class Prefetch final : public FrameSource {
 public:
  Prefetch(std::unique_ptr<FrameSource> source, std::size_t depth)
      : source_(std::move(source)), depth_(depth), thread_([this] { fill(); }) {}
  ~Prefetch() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  std::optional<Frame> next() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
      return std::nullopt;
    }
    Frame frame = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return frame;
  }
  std::int64_t count() const override { return source_->count(); }
  const VideoInfo* video() const override { return source_->video(); }
  std::string note() const override { return source_->note(); }

 private:
  void fill() {
    std::exception_ptr thrown;
    try {
      while (auto frame = source_->next()) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ready_.size() < depth_ || stop_; });
        if (stop_) break;
        ready_.push_back(std::move(*frame));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    thrown_ = thrown;
    ended_ = true;
    changed_.notify_all();
  }

  std::unique_ptr<FrameSource> source_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Frame> ready_;
  std::exception_ptr thrown_;
  bool ended_ = false;
  bool stop_ = false;
  std::thread thread_;  // last, so that it starts when the rest is there
};

}  // namespace

std::string frame_error(const Frame& frame, const std::exception& error) {
  std::string text = error.what();
  if (const auto* cv = dynamic_cast<const cv::Exception*>(&error))
    text = cv->err + " in " + cv->func;
  text.erase(text.find_last_not_of(" \t\n") + 1);
  text.erase(0, text.rfind('\n') + 1);
  text.erase(0, text.find_first_not_of(" \t"));
  const bool named = text.find(frame.name) != std::string::npos;
  return named ? text : frame.name + ": " + (text.empty() ? "failed for an unknown reason" : text);
}

std::size_t frames_in_memory(const VideoInfo* video, std::size_t pixel_bytes, std::size_t bytes,
                             std::size_t least, std::size_t wanted) {
  if (video == nullptr) return wanted;
  const std::size_t frame = pixel_bytes * static_cast<std::size_t>(video->width) *
                            static_cast<std::size_t>(video->height);
  return std::clamp(bytes / std::max<std::size_t>(frame, 1), least, std::max(wanted, least));
}

std::string pages_note(const Frame& frame) {
  if (!frame.metadata || frame.metadata->pages < 2) return {};
  return frame.name + ": is the first of " + std::to_string(frame.metadata->pages) +
         " pages, the others are left out";
}

std::string frame_name(std::int64_t index) {
  constexpr std::size_t kDigits = 6;
  std::string digits = std::to_string(index);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return digits;
}

bool is_images(const fs::path& input) {
  return fs::is_directory(input) || format_of_file(input) != ImageFormat::None ||
         format_of_name(input) != ImageFormat::None;
}

void Frame::keep_original() {
  if (decoded == nullptr || !original.empty()) return;
  original = pixels;
  pixels = original.clone();
}

std::unique_ptr<FrameSource> open_source(const fs::path& input, FrameChoice choice) {
  check(fs::exists(input), ErrorCode::Input, input.string(), ": no such file or folder");
  if (fs::is_directory(input)) {
    auto images = list_images(input);
    std::string note = passed_over(input);
    check(!images.empty(), ErrorCode::Input, input.string(),
          ": this folder holds no images (.jpg .jpeg .jpe .jfif .png .bmp .tif .tiff .webp .heic "
          ".heif .avif .jp2 .pnm)",
          note.empty() ? "" : "; " + note);
    return std::make_unique<ImageSource>(std::move(images), std::move(choice), std::move(note));
  }
  // A pipe would be waited for without end, and cannot be looked at twice.
  check(fs::is_regular_file(input), ErrorCode::Input, input.string(),
        ": is a pipe or device, not a file; save it as one first");
  if (is_images(input)) return std::make_unique<ImageSource>(std::vector{input}, std::move(choice));
  return std::make_unique<VideoSource>(input, std::move(choice));
}

std::unique_ptr<FrameSource> prefetch(std::unique_ptr<FrameSource> source, std::size_t depth) {
  check(source != nullptr && depth > 0, "prefetch: needs a source and a depth of at least 1, got ",
        depth);
  return std::make_unique<Prefetch>(std::move(source), depth);
}

}  // namespace cameo
