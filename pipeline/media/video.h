// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <opencv2/core.hpp>

namespace cameo {

/// Rational number as containers store it; 0/1 for unknown.
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
};

/// YCbCr color space: code points of ITU-T H.273; 2 for unspecified.
struct VideoColor {
  int matrix = 2;
  int primaries = 2;
  int transfer = 2;
  bool full_range = false;  ///< luma 0..255 instead of 16..235
};

/// Properties of a video from its headers.
struct VideoInfo {
  int width = 0, height = 0;    ///< of a frame as it is shown, that is after turning
  Rational rate;                ///< frames per second, the average where it varies
  Rational time_base{1, 1000};  ///< seconds per tick of its time stamps
  Rational pixel_aspect{1, 1};  ///< width of a pixel to its height, after turning
  std::int64_t frames = 0;      ///< as the container says, 0 if it does not
  double seconds = 0;           ///< duration, 0 if not known
  int rotation = 0;             ///< degrees clockwise that the display matrix asked for
  VideoColor color;
  std::string codec;  ///< of the images, "h264"
};

/// Decodes a video's first image stream: frames upright, in presentation order.
class VideoReader {
 public:
  /// Throws Error (ErrorCode::Input) naming the file if it is no video or cannot be decoded.
  explicit VideoReader(const std::filesystem::path& file);
  ~VideoReader();
  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  const VideoInfo& info() const;

  /// One frame and the second at which it is shown.
  struct Image {
    cv::Mat pixels;  ///< 8-bit BGR, owned by the caller
    double seconds = 0;
  };

  /// The next frame, or nothing at the end. After the last frame that could be decoded it throws
  /// Error (ErrorCode::Input) once if the file is damaged or ends early; then it yields nothing.
  std::optional<Image> next();

  /// Passes over the next frame without converting it; false at the end. Throws as next does.
  bool skip();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Options of an encoded video. `like` copies what does not depend on the size.
struct VideoWriterOptions {
  Rational rate{25, 1};
  Rational pixel_aspect{1, 1};
  VideoColor color;               ///< unsaid: BT.709 above 576 lines, else BT.601, limited range
  int crf = 18;                   ///< 0 (best) .. 51; 18 is hard to tell from the source
  std::string preset = "medium";  ///< of x264: slower is smaller
  /// Ticks of the time stamps given to write; without it frames follow each other at `rate`.
  std::optional<Rational> time_base;

  /// Rate, pixel shape and colour of `info`, and its time base so that stamps can be kept.
  static VideoWriterOptions like(const VideoInfo& info);
};

/// Encodes frames into a video file: H.264 where the container takes it (x264, else the best
/// encoder that is there), 4:2:0 of 8 bits. A size that is odd grows by one repeated row or column,
/// since 4:2:0 has none. The file appears under its name only after finish().
class VideoWriter {
 public:
  /// The container goes by the suffix (.mp4 .mov .mkv .avi .webm). The size comes with the first
  /// frame. Throws Error (ErrorCode::Usage) if no container goes by the suffix.
  explicit VideoWriter(const std::filesystem::path& file, const VideoWriterOptions& options = {});
  /// Without finish() nothing is left behind.
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  /// Adds an 8-bit BGR frame of the same size as the first one. seconds: when it is shown, with
  /// options.time_base only; must rise. Throws Error (ErrorCode::Usage for the size).
  void write(const cv::Mat& frame, std::optional<double> seconds = {});

  /// Ends the file and gives it its name. Throws Error (ErrorCode::Input) if it cannot, or if no
  /// frame was written.
  void finish();

  std::int64_t frames() const;
  /// Name of the encoder, "libx264"; empty before the first frame.
  std::string encoder() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cameo
