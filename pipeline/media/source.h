// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <opencv2/core.hpp>

#include "pipeline/media/image.h"
#include "pipeline/media/video.h"

namespace cameo {

/// A frame of an input, be it an image, a folder or a video.
struct Frame {
  /// Base name with suffix of an image, as utf8_name gives it; six-digit number of a video's frame.
  std::string name;
  std::int64_t index = 0;     ///< position in the input, from 0
  double seconds = 0;         ///< time stamp in a video; 0 for images
  std::int64_t stamp = 0;     ///< the same in ticks of VideoInfo::time_base
  std::int64_t duration = 0;  ///< ticks that a video's frame is shown, 0 if not known
  cv::Mat pixels;             ///< BGR, 8 or 16 bits a channel; empty if `error` is set
  cv::Mat alpha;              ///< of an image, as StillImage has it; empty if opaque
  std::shared_ptr<const ImageMetadata> metadata;  ///< of an image's file; null for a video's frame
  double pixel_aspect = 1;     ///< width of a pixel to its height, as it is shown
  std::string error;           ///< why it could not be read or worked on; the run goes on
  std::filesystem::path file;  ///< the image file it was read from; empty for a video's frame
  std::shared_ptr<const DecodedImage> decoded;  ///< what a video's decoder gave, see VideoFrame
  cv::Mat original;  ///< `pixels` as they were decoded, if keep_original was called; see VideoFrame

  /// Keeps a video's pixels, which are about to be drawn on: a copy costs less than to convert what
  /// was decoded once more. Does nothing where it was called before, nor for images.
  void keep_original();
};

/// What went wrong with a frame, in one line that begins with its name. Libraries explain
/// themselves in several lines, of which the last one says most.
std::string frame_error(const Frame& frame, const std::exception& error);

/// Frames of a source that `bytes` hold, each of `pixel_bytes` a pixel: `wanted` or fewer, and at
/// least `least`, as a frame of 8K takes 100 MB. video: of the source; null: images, whose size
/// differs, `wanted`.
std::size_t frames_in_memory(const VideoInfo* video, std::size_t pixel_bytes, std::size_t bytes,
                             std::size_t least, std::size_t wanted);

/// Which pages of a frame's image file are passed over, one line for the user; empty if none is.
std::string pages_note(const Frame& frame);

/// An image, a folder of images or a video as a sequence of frames.
class FrameSource {
 public:
  FrameSource() = default;
  FrameSource(const FrameSource&) = delete;
  FrameSource& operator=(const FrameSource&) = delete;
  virtual ~FrameSource() = default;
  /// The next frame, or nothing at the end. Damage becomes the `error` of a frame.
  virtual std::optional<Frame> next() = 0;
  /// How many frames the input has; 0 if not known beforehand.
  virtual std::int64_t count() const = 0;
  /// What is known of the video; null for images. Lives as long as the source.
  virtual const VideoInfo* video() const { return nullptr; }
  /// What of the input is passed over, one line for the user; empty if nothing is.
  virtual std::string note() const { return {}; }
  /// Frames per second of a video; 0 for images.
  double rate() const { return video() != nullptr ? video()->rate.value() : 0; }
  bool is_video() const { return video() != nullptr; }
};

/// Predicate that selects frames by their index.
using FrameChoice = std::function<bool(std::int64_t index)>;

/// Whether open_source reads the input as images: a folder or one image, not a video.
bool is_images(const std::filesystem::path& input);

/// Opens `input` by what it is: a folder of images by their suffixes, one image by its first bytes,
/// else by its suffix, anything else as a video. Frames that `choice` does not want are passed
/// over: images are not read, video frames not converted; the others keep their index, and count()
/// is of all. Throws Error (ErrorCode::Input) if the input is missing, empty or not readable.
std::unique_ptr<FrameSource> open_source(const std::filesystem::path& input,
                                         FrameChoice choice = {});

/// The same source read ahead by a thread of its own, at most `depth` frames, so that decoding
/// never waits for detection or the network. Pixels are handed on, not copied. What the source
/// throws comes out of next() after the frames before it.
std::unique_ptr<FrameSource> prefetch(std::unique_ptr<FrameSource> source, std::size_t depth = 4);

/// The name of a video's frame: its index in six digits.
std::string frame_name(std::int64_t index);

}  // namespace cameo
