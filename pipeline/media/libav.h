// SPDX-License-Identifier: MIT
#pragma once
// What video_reader.cpp and video_writer.cpp share: owners of libav's objects and small
// conversions.
#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "pipeline/media/video.h"

namespace cameo::libav {

/// Frees through libav's pointer-to-pointer functions.
template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* p) const {
    Free(&p);
  }
};
struct ScalerDeleter {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using CodecContext = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using Input = std::unique_ptr<AVFormatContext, Deleter<avformat_close_input>>;
using AvFrame = std::unique_ptr<AVFrame, Deleter<av_frame_free>>;
using AvPacket = std::unique_ptr<AVPacket, Deleter<av_packet_free>>;
using Scaler = std::unique_ptr<SwsContext, ScalerDeleter>;

/// libav's words for an error code.
std::string words(int code);

/// Keeps libav from writing to stderr: what went wrong is in our Error. Once a process.
void be_quiet();

/// The matrix that swscale and our tags go by: the one said, else by the number of lines.
int matrix_or_usual(const VideoColor& color, int height);

enum class ScaleTo { Bgr, Yuv };

/// Between YCbCr pixels with this matrix and range, and BGR of full range, of the same size.
struct Conversion {
  ScaleTo to = ScaleTo::Bgr;
  int width = 0, height = 0;
  AVPixelFormat yuv = AV_PIX_FMT_YUV420P;
  int matrix = 2;
  bool full_range = false;
  bool operator==(const Conversion&) const = default;
};

/// Throws Error if swscale has no such conversion.
Scaler make_scaler(const Conversion& conversion);

inline AVRational av(const Rational& r) {
  return {static_cast<int>(r.num), static_cast<int>(r.den)};
}
inline Rational ours(const AVRational& r) {
  return r.num > 0 && r.den > 0 ? Rational{r.num, r.den} : Rational{0, 1};
}

}  // namespace cameo::libav
