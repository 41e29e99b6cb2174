// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace cameo {

/// Rational number as containers store it; 0/1 for unknown.
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
};

/// Range of YCbCr samples: luma 16..235 of 8 bits (limited) or 0..255 (full).
enum class ColorRange { Unspecified, Limited, Full };

/// YCbCr color space: code points of ITU-T H.273; 2 for unspecified.
struct VideoColor {
  int matrix = 2;
  int primaries = 2;
  int transfer = 2;
  ColorRange range = ColorRange::Unspecified;
  int chroma_location = 0;  ///< place of chroma samples: AVChromaLocation, 0 for unspecified
};

/// Which of the two fields of a frame is shown first; progressive frames have none.
enum class FieldOrder { Unknown, Progressive, TopFirst, BottomFirst };

/// Properties of a video from its headers.
struct VideoInfo {
  int width = 0, height = 0;    ///< of a frame as it is shown, that is after turning
  Rational rate;                ///< frames per second, the average where it varies
  Rational time_base{1, 1000};  ///< seconds per tick of its time stamps
  /// Sample aspect ratio: width of a pixel to its height, after turning; 0/1 where nothing says it.
  Rational pixel_aspect;
  std::int64_t frames = 0;  ///< as the container says, 0 if it does not
  double seconds = 0;       ///< duration, 0 if not known
  int rotation = 0;         ///< degrees clockwise that the display matrix asked for
  FieldOrder field_order = FieldOrder::Unknown;
  VideoColor color;
  std::string codec;               ///< of the images, "h264"
  std::string pixel_format;        ///< libav's name, "yuv420p10le"
  int depth = 8;                   ///< bits of a sample
  bool alpha = false;              ///< whether the images have an alpha channel
  std::vector<std::string> notes;  ///< what a user should know: interlaced, HDR
};

/// A decoded image as the decoder gave it, in its own pixel format: what a writer starts from so
/// that samples which nobody changed stay as they were. Holds a reference, no copy.
class DecodedImage;

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

  /// One frame and when it is shown: ticks of info().time_base, rising.
  /// Where recordings were joined and stamps jump, the next frame follows at the usual distance.
  struct Image {
    cv::Mat pixels;             ///< BGR, 16 bits where the source has more than 8; the caller's
    std::int64_t stamp = 0;     ///< presentation time stamp, ticks
    std::int64_t duration = 0;  ///< ticks, 0 if not known
    double seconds = 0;         ///< the stamp in seconds
    std::shared_ptr<const DecodedImage> decoded;
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

}  // namespace cameo
