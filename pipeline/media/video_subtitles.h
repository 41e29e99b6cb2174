// SPDX-License-Identifier: MIT
#pragma once
// Text subtitles from one form into another.
#include <memory>
#include <vector>

#include "pipeline/media/libav.h"

namespace cameo::libav {

/// Converts packets of text subtitles, as SubRip to MP4's timed text.
class SubtitleConverter {
 public:
  /// A converter of the stream into the form that the container takes; null if there is none.
  static std::unique_ptr<SubtitleConverter> make(const AVStream& stream,
                                                 const AVOutputFormat& container);

  /// Describes what comes out.
  bool describe(AVCodecParameters& parameters) const;

  /// The packet's text in the new form, stamps in the source's ticks; false if it has none.
  bool convert(AVPacket& packet);

 private:
  CodecContext decoder_;
  CodecContext encoder_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1 << 16);
};

}  // namespace cameo::libav
