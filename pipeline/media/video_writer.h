// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/media/video.h"

namespace cameo {

/// Options of an encoded video. `like` copies what does not depend on the size.
struct VideoWriterOptions {
  Rational rate{25, 1};
  Rational pixel_aspect{1, 1};                   ///< sample aspect ratio; 0/1: not said
  FieldOrder field_order = FieldOrder::Unknown;  ///< encoded so, and said, by encoders that can
  /// Tags of the colour space, kept as they are. Unset: BT.709 above 576 lines, else BT.601.
  std::optional<VideoColor> color;
  std::optional<int> crf;  ///< constant rate factor, 0 is best; unset: the codec's default
  std::string preset;      ///< the encoder's; x264's names serve AV1 too; empty: its default
  /// Ticks of the time stamps given to write; without it frames follow each other at `rate`.
  std::optional<Rational> time_base;

  std::string codec;         ///< h264, h265, av1, vp9, ffv1, prores, mpeg4; empty: the container's
  std::string encoder;       ///< libav's name of an encoder, before `codec`; empty: the best one
  std::string pixel_format;  ///< libav's name; empty: the nearest to the source that it takes
  /// Video whose sound, subtitles, chapters, attachments and metadata are copied; empty: none.
  std::filesystem::path copy_from;
  bool no_audio = false;      ///< leave out its sound
  bool drop_streams = false;  ///< leave out what the container cannot keep instead of refusing
  /// False: frames were left out, and the gaps close, in sound and subtitles as well (by packets).
  bool keep_gaps = true;
  /// Text that changes with the source and the options: encoded frames are then kept in a hidden
  /// folder beside the file, and a writer opened with the same key goes on. Empty: no resuming.
  std::string resume_key;
  int segment_frames = 300;  ///< frames encoded between two points to resume from
  std::function<void(std::string_view line)> note;  ///< told what a user should know

  /// Metadata of the file, by libav's keys, if a frame was changed; a comment is put behind the one
  /// that the source has. Containers other than MP4 and MOV take tags before images only: frames
  /// are then kept beside the file as for resuming.
  std::vector<std::pair<std::string, std::string>> tags;
  /// Called with the complete file before it gets its name, if a frame was changed. What it throws
  /// ends the writing, without a file.
  std::function<void(const std::filesystem::path& unfinished)> mark;

  /// Rate, pixel shape, order of fields and colour of `info`, and its time base so that stamps can
  /// be kept.
  static VideoWriterOptions like(const VideoInfo& info);
};

/// Throws what VideoWriter would throw before the first frame: so that it is known before a long
/// search. Writes nothing.
void check_video_output(const std::filesystem::path& file, const VideoWriterOptions& options);

/// A frame to encode.
struct VideoFrame {
  cv::Mat pixels;                     ///< BGR, 8 or 16 bits a channel
  std::optional<std::int64_t> stamp;  ///< ticks of VideoWriterOptions::time_base
  std::int64_t duration = 0;          ///< ticks, 0 if not known
  std::int64_t index = 0;             ///< position in the source
  /// What `pixels` were before they were changed: where the encoder takes its pixel format, samples
  /// that did not change are encoded as they are.
  std::shared_ptr<const DecodedImage> decoded;
  cv::Mat original;     ///< BGR that VideoReader made of `decoded`; empty: it is made again
  bool changed = true;  ///< whether `pixels` differ from `decoded`
};

/// Encodes frames into a video file, with the other streams of a source. 4:2:0 of 8 bits, or what
/// comes nearest to the source. A size that is odd grows by one repeated row or column where the
/// encoder takes even ones only. A frame of another size than the first is fitted into it, with
/// bars. The file appears under its name only after finish().
class VideoWriter {
 public:
  /// The container goes by the suffix (.mp4 .mov .mkv .avi .webm). The size comes with the first
  /// frame. Throws Error (ErrorCode::Usage) if no container goes by the suffix, if there is no such
  /// encoder, and naming the streams that the container cannot keep.
  explicit VideoWriter(const std::filesystem::path& file, const VideoWriterOptions& options = {});
  /// Without finish() nothing is left behind, but for what a later writer resumes from.
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// Frames of the source, from its first, that an earlier writer with the same key encoded: the
  /// first frame to write has this index.
  std::int64_t frames_done() const;

  /// Adds a frame; stamps must rise.
  void write(const VideoFrame& frame);
  /// The same of a frame by itself. seconds: when it is shown, with options.time_base only.
  void write(const cv::Mat& frame, std::optional<double> seconds = {});

  /// Sound and subtitles end with the last frame written, since the source was not read to its end.
  void end_early();
  /// Keeps what was written for a later writer with the same resume_key, instead of finish(): of an
  /// unfinished segment nothing is lost.
  void suspend();

  /// Ends the file and gives it its name. A source of which all frames came unchanged is copied
  /// without encoding, unless a codec was asked for. Throws Error (ErrorCode::Input) if it cannot,
  /// or if no frame was written.
  void finish();

  std::int64_t frames() const;
  /// Name of the encoder, "libx264"; empty before the first frame, "copy" of a source copied.
  std::string encoder() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo
