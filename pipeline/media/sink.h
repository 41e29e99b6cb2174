// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "pipeline/media/source.h"
#include "pipeline/media/video_writer.h"

namespace cameo {

/// Whether a frame's pixels differ from those of its source.
enum class Changed { No, Yes };

/// The place for an output marker, between composing and writing. Hooks are called by several
/// threads at once, for frames in any order: they change what they are given and nothing else,
/// unless they lock it. What a hook throws ends the run, so that nothing is written without its
/// mark.
struct OutputHooks {
  /// Called with each changed frame, before it is encoded: for marks in the pixels.
  std::function<void(Frame&)> frame;
  /// Called with the bytes of each image file that a changed frame was encoded to, before they are
  /// written: for marks in the file's metadata. file: where they go.
  std::function<void(const Frame& frame, const std::filesystem::path& file,
                     std::vector<unsigned char>& bytes)>
      image;
};

/// What the file of a frame will hold.
struct EncodedFrame {
  std::vector<unsigned char> bytes;  ///< of an image file; empty where a video is written
  std::string lost;                  ///< what the file does not keep, see lost_in
  bool copied = false;               ///< byte for byte from the frame's own file
};

/// A frame that the format of its image file cannot hold: no fault of the place it goes to.
class UnfitFrame : public Error {
 public:
  using Error::Error;
};

/// What a user should know of an output, one line.
using SinkNote = std::function<void(std::string_view line)>;

/// Output of frames: one image, a folder of images or a video.
class FrameSink {
 public:
  explicit FrameSink(OutputHooks hooks = {}, ImageWriteOptions image = {}, SinkNote note = {})
      : hooks_(std::move(hooks)), image_(image), note_(std::move(note)) {}
  FrameSink(const FrameSink&) = delete;
  FrameSink& operator=(const FrameSink&) = delete;
  virtual ~FrameSink() = default;
  /// Runs the hooks on a changed frame and encodes it: by several threads at once, each with a
  /// frame of its own. An unchanged one that came from an image file goes into a file of the same
  /// format byte for byte; any other by encode_still with what the frame has of its file: profile,
  /// EXIF, XMP, depth, alpha. In a video, whose frames depend on those before, only the hooks are
  /// run. Throws UnfitFrame if the format cannot hold the frame, and what a hook throws.
  EncodedFrame encode(Frame& frame, Changed changed) const;
  /// Takes the next frame, of which `encoded` is what encode() gave for it. What the format cannot
  /// hold is noted once, pages that are left out for each file. Throws Error (ErrorCode::Input) if
  /// it cannot be written.
  void write(const Frame& frame, Changed changed, const EncodedFrame& encoded);
  /// Both of these in a row, where there is no thread to share with.
  void write(Frame& frame, Changed changed) { write(frame, changed, encode(frame, changed)); }
  /// Frames of the input that an earlier run with the same SinkOptions::resume_key wrote or, of a
  /// video, left out; 0 where nothing is resumed.
  virtual std::int64_t frames_done() const { return 0; }
  /// Whether the frame of this index is one of them, and is not to be written again.
  virtual bool is_done(std::int64_t index) const { return index < frames_done(); }
  /// A video's sound ends with the last frame written. Call it before finish() if the input was not
  /// read to its end.
  virtual void end_early() {}
  /// Keeps what was written for a later run with the same SinkOptions::resume_key: instead of
  /// finish().
  virtual void suspend() {}
  /// Completes the output. Without it a video leaves nothing behind.
  virtual void finish() {}

 protected:
  /// Notes, once, what the file does not keep; empty: nothing is lost.
  void note_lost(const std::filesystem::path& file, const std::string& lost);

 private:
  /// The image file that the frame goes into; none where frames go into a video.
  virtual std::optional<std::filesystem::path> file_of(const Frame& frame,
                                                       Changed changed) const = 0;
  virtual void put(const Frame& frame, Changed changed, std::span<const unsigned char> bytes) = 0;

  OutputHooks hooks_;
  ImageWriteOptions image_;
  SinkNote note_;
  std::string told_;  ///< what the last note said is lost
};

/// Options of an output.
struct SinkOptions {
  bool overwrite = false;     ///< replace what is there
  bool every_frame = true;    ///< false: frames may be left out; a video's gaps close, with sound
  VideoWriterOptions encode;  ///< codec and quality of a video; the rest comes from a video source
  std::string image_format = "png";  ///< suffix of a video's frames in a folder: png, tif, jpg
  /// Text that changes with input and options: a video is then resumed, see VideoWriterOptions, and
  /// a folder, see WrittenFiles.
  std::string resume_key;
  ImageWriteOptions image;  ///< quality of image files
  SinkNote note;            ///< told what a user should know
  OutputHooks hooks;        ///< run on changed frames
};

/// Opens an output that suits `input` and its opened `source`. By `output`'s suffix: a video's
/// makes a video, of images at options.encode.rate; an image's takes a single image; none, or one
/// that is no word (out_1.5), a folder, with the names of the input's images (those of formats that
/// are not written get ".png" behind) or 000000.png and so on for a video's frames. A folder that
/// is overwritten loses, at finish(), the files that an earlier run wrote there and this one did
/// not; whatever else is in it stays. Throws Error (ErrorCode::Usage) for a
/// suffix that is neither, an image as output of many, an output that is there already (a folder:
/// that holds images) without overwrite, or is the input itself. A folder that a killed run of the
/// same resume_key wrote into is gone on with.
std::unique_ptr<FrameSink> open_sink(const std::filesystem::path& output,
                                     const std::filesystem::path& input, const FrameSource& source,
                                     const SinkOptions& options = {});

/// What open_sink would throw for a video's streams, codec and container: before a long search of
/// the source, say. Nothing is made or changed.
void check_streams(const std::filesystem::path& output, const std::filesystem::path& input,
                   const FrameSource& source, const SinkOptions& options = {});

/// The checks of open_sink alone: nothing is made or changed.
void check_sink(const std::filesystem::path& output, const std::filesystem::path& input,
                const SinkOptions& options = {});

/// Whether the suffix is one that a video can be written to (any case).
bool is_video_name(const std::filesystem::path& file);

}  // namespace cameo
