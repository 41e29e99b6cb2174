// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <memory>

#include "pipeline/media/source.h"

namespace cameo {

/// Where the frames of a run go: one image, a folder of images or a video.
class FrameSink {
 public:
  FrameSink() = default;
  FrameSink(const FrameSink&) = delete;
  FrameSink& operator=(const FrameSink&) = delete;
  virtual ~FrameSink() = default;
  /// Takes the next frame. Throws Error (ErrorCode::Input) if it cannot be written.
  virtual void write(const Frame& frame) = 0;
  /// Completes the output. Without it a video leaves nothing behind.
  virtual void finish() {}
};

/// How an output is opened.
struct SinkOptions {
  bool overwrite = false;     ///< replace what is there
  bool every_frame = true;    ///< false: frames may be left out, so time stamps are not kept
  VideoWriterOptions encode;  ///< quality of a video; the rest comes from the source, if a video
};

/// An output that suits `input` and its opened `source`. By `output`'s suffix: a video's makes a
/// video; an image's takes a single image; none a folder, with the names of the input's images
/// or 000000.png and so on for a video's frames.
/// Throws Error (ErrorCode::Usage) for a suffix that is neither, an image as output of many, an
/// output that is there already (a folder: that holds images) without overwrite, or is the input
/// itself.
std::unique_ptr<FrameSink> open_sink(const std::filesystem::path& output,
                                     const std::filesystem::path& input, const FrameSource& source,
                                     const SinkOptions& options = {});

/// The checks of open_sink alone: nothing is made or changed.
void check_sink(const std::filesystem::path& output, const std::filesystem::path& input,
                const SinkOptions& options = {});

/// Whether the suffix is one that a video can be written to (any case).
bool is_video_name(const std::filesystem::path& file);

}  // namespace cameo
