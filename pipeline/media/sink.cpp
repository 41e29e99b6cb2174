// SPDX-License-Identifier: MIT
#include "pipeline/media/sink.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

class ImageSink final : public FrameSink {
 public:
  ImageSink(fs::path file, OutputHooks hooks)
      : FrameSink(std::move(hooks)), file_(std::move(file)) {}

 private:
  void put(const Frame& frame, Changed changed) override { write_file(file_, frame, changed); }

  fs::path file_;
};

class FolderSink final : public FrameSink {
 public:
  FolderSink(fs::path folder, const SinkOptions& options)
      : FrameSink(options.hooks), folder_(std::move(folder)), suffix_("." + options.image_format) {
    make_folder(folder_);
  }

 private:
  void put(const Frame& frame, Changed changed) override {
    const fs::path name = is_image(frame.name) ? frame.name : frame.name + suffix_;
    write_file(folder_ / name, frame, changed);
  }

  fs::path folder_;
  std::string suffix_;  // of frames that have no file
};

class VideoSink final : public FrameSink {
 public:
  VideoSink(const fs::path& file, const VideoWriterOptions& options, OutputHooks hooks)
      : FrameSink(std::move(hooks)),
        writer_(file, options),
        stamped_(options.time_base.has_value()) {}
  std::int64_t frames_done() const override { return writer_.frames_done(); }
  void end_early() override { writer_.end_early(); }
  void finish() override { writer_.finish(); }

 private:
  void put(const Frame& frame, Changed changed) override {
    writer_.write({.pixels = frame.pixels,
                   .stamp = stamped_ ? std::optional(frame.stamp) : std::nullopt,
                   .duration = frame.duration,
                   .index = frame.index,
                   .decoded = frame.decoded,
                   .changed = changed == Changed::Yes});
  }

  VideoWriter writer_;
  bool stamped_;
};

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  return tidy_path(a) == tidy_path(b);
}

enum class Kind { Image, Folder, Video };

Kind kind_of(const fs::path& output, const fs::path& input) {
  if (fs::is_directory(output)) return Kind::Folder;
  if (is_video_name(output)) return Kind::Video;
  if (is_image(output)) {
    check(is_image(input) && !fs::is_directory(input), ErrorCode::Usage, output.string(),
          ": one image cannot hold ", input.string(), "; name a folder or a video");
    return Kind::Image;
  }
  check(!output.has_extension(), ErrorCode::Usage, output.string(), ": ",
        output.extension().string(), " is no image or video that can be written");
  return Kind::Folder;
}

bool holds_images(const fs::path& folder) {
  return fs::is_directory(folder) && !list_images(folder).empty();
}

}  // namespace

void FrameSink::write(Frame& frame, Changed changed) {
  if (changed == Changed::Yes && hooks_.frame) hooks_.frame(frame);
  put(frame, changed);
}

void FrameSink::write_file(const fs::path& file, const Frame& frame, Changed changed) const {
  if (changed == Changed::No && same_image_format(frame.file, file)) {
    write_bytes(file, read_bytes(frame.file));
    return;
  }
  std::vector<unsigned char> bytes = encode_image(file, frame.pixels);
  if (changed == Changed::Yes && hooks_.image) hooks_.image(file, bytes);
  write_bytes(file, bytes);
}

bool is_video_name(const fs::path& file) {
  constexpr std::array<std::string_view, 5> kSuffixes{".mp4", ".mov", ".mkv", ".avi", ".webm"};
  return std::find(kSuffixes.begin(), kSuffixes.end(), lower_suffix(file)) != kSuffixes.end();
}

void check_sink(const fs::path& output, const fs::path& input, const SinkOptions& options) {
  check(!output.empty(), ErrorCode::Usage, "output: no name given");
  check(!same_place(output, input), ErrorCode::Usage, output.string(),
        ": is the input; name another output");
  const fs::path folder = fs::is_directory(input) ? input : tidy_path(input).parent_path();
  if (kind_of(output, input) == Kind::Folder) {
    const bool own = is_image(input) || fs::is_directory(input);
    check(!own || !same_place(output, folder), ErrorCode::Usage, output.string(),
          ": holds the input; name another folder");
    check(options.overwrite || !holds_images(output), ErrorCode::Usage, output.string(),
          ": holds images already; --overwrite replaces them");
  } else {
    check(options.overwrite || !fs::exists(output), ErrorCode::Usage, output.string(),
          ": is there already; --overwrite replaces it");
  }
}

std::unique_ptr<FrameSink> open_sink(const fs::path& output, const fs::path& input,
                                     const FrameSource& source, const SinkOptions& options) {
  check_sink(output, input, options);
  switch (kind_of(output, input)) {
    case Kind::Image:
      return std::make_unique<ImageSink>(output, options.hooks);
    case Kind::Folder:
      return std::make_unique<FolderSink>(output, options);
    case Kind::Video:
      break;
  }
  VideoWriterOptions encode = options.encode;
  if (const VideoInfo* video = source.video(); video != nullptr) {
    const VideoWriterOptions like = VideoWriterOptions::like(*video);
    encode.rate = like.rate;
    encode.pixel_aspect = like.pixel_aspect;
    encode.color = like.color;
    encode.time_base = like.time_base;
    encode.copy_from = input;
    if (options.note)
      for (const std::string& note : video->notes) options.note(input.string() + ": " + note);
  }
  encode.keep_gaps = options.every_frame;
  encode.resume_key = options.resume_key;
  encode.note = options.note;
  return std::make_unique<VideoSink>(output, encode, options.hooks);
}

}  // namespace cameo
