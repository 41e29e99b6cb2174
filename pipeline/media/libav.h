// SPDX-License-Identifier: MIT
#pragma once
// What the sources of video share: owners of libav's objects and small conversions.
#include <cstring>
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
/// Closes an output file without completing it.
struct OutputDeleter {
  void operator()(AVFormatContext* p) const {
    if (p->pb != nullptr) avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
using CodecContext = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using CodecParameters = std::unique_ptr<AVCodecParameters, Deleter<avcodec_parameters_free>>;
using Input = std::unique_ptr<AVFormatContext, Deleter<avformat_close_input>>;
using Output = std::unique_ptr<AVFormatContext, OutputDeleter>;
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
  AVPixelFormat bgr = AV_PIX_FMT_BGR24;  ///< or AV_PIX_FMT_BGR48
  int matrix = 2;
  bool full_range = false;
  int chroma_location = 0;
  bool operator==(const Conversion&) const = default;
};

/// Throws Error if swscale has no such conversion.
Scaler make_scaler(const Conversion& conversion);

/// BGR of 8 bits for samples of up to 8, else of 16.
AVPixelFormat bgr_for(AVPixelFormat pixels);

/// The plain format of an old yuvj one, which says "full range" by its name (full becomes true);
/// others as they are.
AVPixelFormat without_j(AVPixelFormat format, bool& full_range);

/// libav's code points of a colour and back.
AVColorRange av(ColorRange range);
ColorRange ours(AVColorRange range);

/// libav's order of fields and back; written are those stored in the order in which they are shown.
AVFieldOrder av(FieldOrder order);
FieldOrder ours(AVFieldOrder order);
inline bool is_interlaced(FieldOrder order) {
  return order == FieldOrder::TopFirst || order == FieldOrder::BottomFirst;
}

/// A member of one of libav's enumerations as a number: decoders store what a file says, which may
/// be none of its `count` values; then `otherwise`.
template <class Enumeration>
int known_value(const Enumeration& member, int count, int otherwise) {
  static_assert(sizeof(Enumeration) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &member, sizeof number);
  return number >= 0 && number < count ? number : otherwise;
}

inline AVRational av(const Rational& r) {
  return {static_cast<int>(r.num), static_cast<int>(r.den)};
}
inline Rational ours(const AVRational& r) {
  return r.num > 0 && r.den > 0 ? Rational{r.num, r.den} : Rational{0, 1};
}

}  // namespace cameo::libav
