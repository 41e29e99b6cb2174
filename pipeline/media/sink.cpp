// SPDX-License-Identifier: MIT
#include "pipeline/media/sink.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image.h"
#include "pipeline/media/video_image.h"
#include "pipeline/media/written_files.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

class ImageSink final : public FrameSink {
 public:
  ImageSink(fs::path file, const SinkOptions& options)
      : FrameSink(options.hooks, options.image, options.note), file_(std::move(file)) {}

 private:
  std::optional<fs::path> file_of(const Frame&, Changed) const override { return file_; }
  void put(const Frame&, Changed, std::span<const unsigned char> bytes) override {
    write_bytes(file_, bytes);
  }

  fs::path file_;
};

class FolderSink final : public FrameSink {
 public:
  FolderSink(fs::path folder, const SinkOptions& options)
      : FrameSink(options.hooks, options.image, options.note),
        folder_(std::move(folder)),
        written_(folder_, options.resume_key),
        suffix_("." + options.image_format) {
    make_folder(folder_);
    remove_leftovers(folder_);
  }
  std::int64_t frames_done() const override {
    return static_cast<std::int64_t>(written_.done().size());
  }
  bool is_done(std::int64_t index) const override { return written_.done().contains(index); }
  void finish() override { written_.remove_earlier(); }

 private:
  std::optional<fs::path> file_of(const Frame& frame, Changed changed) const override {
    return folder_ / name_of(frame, changed);
  }
  void put(const Frame& frame, Changed changed, std::span<const unsigned char> bytes) override {
    // Made anew, it would lack all that was written before.
    check(fs::is_directory(folder_), ErrorCode::Input, folder_.string(),
          ": this folder was taken away while images were written to it");
    const std::string name = name_of(frame, changed);
    write_bytes(folder_ / name, bytes);
    written_.add(name, frame.index);
  }

  std::string name_of(const Frame& frame, Changed changed) const {
    const fs::path name = frame.file.empty() ? fs::path(frame.name) : frame.file.filename();
    const bool copied = changed == Changed::No && format_of_name(name) != ImageFormat::None;
    if (is_image(name) || copied) return name.string();
    return shortened_name(name.string(), suffix_.size()) + suffix_;
  }

  fs::path folder_;
  WrittenFiles written_;
  std::string suffix_;  // of frames that have no file
};

class VideoSink final : public FrameSink {
 public:
  VideoSink(fs::path file, const VideoWriterOptions& options, const OutputHooks& hooks)
      : FrameSink(hooks, {}, options.note),
        file_(std::move(file)),
        writer_(file_, options),
        stamped_(options.time_base.has_value()) {}
  std::int64_t frames_done() const override { return writer_.frames_done(); }
  void end_early() override { writer_.end_early(); }
  void suspend() override { writer_.suspend(); }
  void finish() override { writer_.finish(); }

 private:
  std::optional<fs::path> file_of(const Frame&, Changed) const override { return {}; }
  void put(const Frame& frame, Changed changed, std::span<const unsigned char>) override {
    if (!frame.alpha.empty()) note_lost(file_, "alpha (shown over white)");
    writer_.write({.pixels = over_white(frame.pixels, frame.alpha),
                   .stamp = stamped_ ? std::optional(frame.stamp) : std::nullopt,
                   .duration = frame.duration,
                   .index = frame.index,
                   .decoded = frame.decoded,
                   .original = frame.original,
                   .changed = changed == Changed::Yes});
  }

  fs::path file_;
  VideoWriter writer_;
  bool stamped_;
};

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  return tidy_path(a) == tidy_path(b);
}

enum class Kind { Image, Folder, Video };

/// Whether a single image is read from there, by its contents or, missing or damaged, by its name.
bool is_one_image(const fs::path& input) {
  return !fs::is_directory(input) &&
         (format_of_file(input) != ImageFormat::None || format_of_name(input) != ImageFormat::None);
}

/// Whether a suffix looks like a format's: up to five letters and digits, a letter first. The end
/// of "out_1.5" or "scene.take two" does not.
bool is_word(const std::string& suffix) {
  constexpr std::size_t kMost = 6;
  return suffix.size() >= 2 && suffix.size() <= kMost &&
         std::isalpha(static_cast<unsigned char>(suffix[1])) != 0 &&
         std::all_of(suffix.begin() + 1, suffix.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

Kind kind_of(const fs::path& output, const fs::path& input) {
  if (fs::is_directory(output)) return Kind::Folder;
  if (is_video_name(output)) return Kind::Video;
  if (is_image(output)) {
    check(is_one_image(input), ErrorCode::Usage, output.string(), ": one image cannot hold ",
          input.string(), "; name a folder or a video");
    return Kind::Image;
  }
  const std::string suffix = output.extension().string();
  check(!is_word(suffix), ErrorCode::Usage, output.string(), ": ", suffix,
        " is no image or video that can be written; for a folder of that name put a / behind it");
  return Kind::Folder;
}

bool holds_images(const fs::path& folder) {
  return fs::is_directory(folder) && !list_images(folder).empty();
}

/// Whether a file of the first one's contents is right under the second one's name.
bool is_copied(const fs::path& from, const fs::path& to) {
  if (from.empty()) return false;
  return lower_suffix(from) == lower_suffix(to) ||
         (is_image(to) && format_of_file(from) == format_of_name(to));
}

/// The bytes of the input's file; none if it has gone meanwhile.
std::vector<unsigned char> bytes_of(const fs::path& from) {
  try {
    return read_bytes(from);
  } catch (const Error&) {
    return {};
  }
}

VideoWriterOptions encoding_of(const fs::path& input, const FrameSource& source,
                               const SinkOptions& options) {
  VideoWriterOptions encode = options.encode;
  if (const VideoInfo* video = source.video(); video != nullptr) {
    const VideoWriterOptions like = VideoWriterOptions::like(*video);
    encode.rate = like.rate;
    encode.pixel_aspect = like.pixel_aspect;
    encode.field_order = like.field_order;
    encode.color = like.color;
    encode.time_base = like.time_base;
    encode.copy_from = input;
  }
  encode.keep_gaps = options.every_frame;
  encode.resume_key = options.resume_key;
  encode.note = options.note;
  return encode;
}

}  // namespace

EncodedFrame FrameSink::encode(Frame& frame, Changed changed) const {
  if (changed == Changed::Yes && hooks_.frame) hooks_.frame(frame);
  EncodedFrame out;
  const auto file = file_of(frame, changed);
  if (!file) return out;
  if (changed == Changed::No && is_copied(frame.file, *file)) out.bytes = bytes_of(frame.file);
  out.copied = !out.bytes.empty();
  if (out.copied) return out;
  const StillImage still{.pixels = frame.pixels,
                         .alpha = frame.decoded ? frame.decoded->alpha() : frame.alpha,
                         .metadata = frame.metadata};
  out.lost = lost_in(*file, still);
  try {
    out.bytes = encode_still(*file, still, image_);
  } catch (const Error& e) {
    throw UnfitFrame(e.what(), e.code());
  }
  if (changed == Changed::Yes && hooks_.image) hooks_.image(frame, *file, out.bytes);
  return out;
}

void FrameSink::write(const Frame& frame, Changed changed, const EncodedFrame& encoded) {
  const auto file = file_of(frame, changed);
  if (file) note_lost(*file, encoded.lost);
  const std::string pages = encoded.copied ? "" : pages_note(frame);
  if (note_ && !pages.empty()) note_(pages);
  put(frame, changed, encoded.bytes);
}

void FrameSink::note_lost(const fs::path& file, const std::string& lost) {
  if (!note_ || lost.empty() || lost == told_) return;
  told_ = lost;
  note_(file.string() + ": " + lower_suffix(file) + " files do not keep " + lost +
        "; .png, .tif and (8 bits) .webp do");
}

bool is_video_name(const fs::path& file) {
  constexpr std::array<std::string_view, 5> kSuffixes{".mp4", ".mov", ".mkv", ".avi", ".webm"};
  return std::find(kSuffixes.begin(), kSuffixes.end(), lower_suffix(file)) != kSuffixes.end();
}

void check_sink(const fs::path& output, const fs::path& input, const SinkOptions& options) {
  check(!output.empty(), ErrorCode::Usage, "output: no name given");
  check(output != "-", ErrorCode::Usage, "output: -: nothing is written to standard output");
  check(!same_place(output, input), ErrorCode::Usage, output.string(),
        ": is the input; name another output");
  const fs::path folder = fs::is_directory(input) ? input : tidy_path(input).parent_path();
  if (kind_of(output, input) == Kind::Folder) {
    const bool own = is_one_image(input) || fs::is_directory(input);
    check(!own || !same_place(output, folder), ErrorCode::Usage, output.string(),
          ": holds the input; name another folder");
    const bool goes_on = !options.resume_key.empty() && was_killed(output, options.resume_key);
    check(options.overwrite || goes_on || !holds_images(output), ErrorCode::Usage, output.string(),
          ": holds images already; --overwrite replaces them");
  } else {
    check(options.overwrite || !fs::exists(output), ErrorCode::Usage, output.string(),
          ": is there already; --overwrite replaces it");
  }
}

void check_streams(const fs::path& output, const fs::path& input, const FrameSource& source,
                   const SinkOptions& options) {
  if (kind_of(output, input) == Kind::Video)
    check_video_output(output, encoding_of(input, source, options));
}

std::unique_ptr<FrameSink> open_sink(const fs::path& output, const fs::path& input,
                                     const FrameSource& source, const SinkOptions& options) {
  check_sink(output, input, options);
  switch (kind_of(output, input)) {
    case Kind::Image:
      return std::make_unique<ImageSink>(output, options);
    case Kind::Folder:
      return std::make_unique<FolderSink>(output, options);
    case Kind::Video:
      break;
  }
  if (const VideoInfo* video = source.video(); video != nullptr && options.note)
    for (const std::string& note : video->notes) options.note(input.string() + ": " + note);
  return std::make_unique<VideoSink>(output, encoding_of(input, source, options), options.hooks);
}

}  // namespace cameo
