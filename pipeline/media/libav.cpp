// SPDX-License-Identifier: MIT
#include "pipeline/media/libav.h"

#include <array>
#include <mutex>

#include "base/error.h"

namespace cameo::libav {
namespace {

// Where chroma samples of 4:2:0 lie between those of luma, in 1/256 of one. Left is what swscale
// takes for unspecified.
void set_chroma_location(SwsContext& scaler, int location, bool source) {
  constexpr int kCentre = 128;
  int x = 0;
  int y = 0;
  switch (location) {
    case AVCHROMA_LOC_CENTER:
      x = kCentre;
      y = kCentre;
      break;
    case AVCHROMA_LOC_TOPLEFT:
      break;
    case AVCHROMA_LOC_TOP:
      x = kCentre;
      break;
    default:
      return;
  }
  av_opt_set_int(&scaler, source ? "src_h_chr_pos" : "dst_h_chr_pos", x, 0);
  av_opt_set_int(&scaler, source ? "src_v_chr_pos" : "dst_v_chr_pos", y, 0);
}

}  // namespace

std::string words(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

void be_quiet() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_level(AV_LOG_QUIET); });
}

int matrix_or_usual(const VideoColor& color, int height) {
  const bool said = color.matrix != AVCOL_SPC_UNSPECIFIED && color.matrix != AVCOL_SPC_RGB;
  if (said) return color.matrix;
  constexpr int kStandardLines = 576;
  return height > kStandardLines ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

Scaler make_scaler(const Conversion& c) {
  const bool to = c.to == ScaleTo::Bgr;
  // Accurate rounding and full chroma: the fast path is off by up to 3 levels a round trip.
  const int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  Scaler scaler(sws_alloc_context());
  check(scaler != nullptr, ErrorCode::Device, "video: out of memory");
  SwsContext* sws = scaler.get();
  for (const char* side : {"srcw", "dstw"}) av_opt_set_int(sws, side, c.width, 0);
  for (const char* side : {"srch", "dsth"}) av_opt_set_int(sws, side, c.height, 0);
  av_opt_set_int(sws, "src_format", to ? c.yuv : c.bgr, 0);
  av_opt_set_int(sws, "dst_format", to ? c.bgr : c.yuv, 0);
  av_opt_set_int(sws, "sws_flags", flags, 0);
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(c.yuv);
  if (format != nullptr && format->log2_chroma_w == 1 && format->log2_chroma_h == 1)
    set_chroma_location(*sws, c.chroma_location, to);
  const int* yuv = sws_getCoefficients(c.matrix);
  const int* rgb = sws_getCoefficients(SWS_CS_DEFAULT);
  const int yuv_range = c.full_range ? 1 : 0;
  constexpr int kOne = 1 << 16;
  sws_setColorspaceDetails(sws, to ? yuv : rgb, to ? yuv_range : 1, to ? rgb : yuv,
                           to ? 1 : yuv_range, 0, kOne, kOne);
  check(sws_init_context(sws, nullptr, nullptr) >= 0, "video: no conversion between ",
        format == nullptr ? "?" : format->name, " of ", c.width, "x", c.height, " and BGR");
  sws_setColorspaceDetails(sws, to ? yuv : rgb, to ? yuv_range : 1, to ? rgb : yuv,
                           to ? 1 : yuv_range, 0, kOne, kOne);
  return scaler;
}

AVPixelFormat bgr_for(AVPixelFormat pixels) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels);
  const bool deep = format != nullptr && format->comp[0].depth > 8;
  return deep ? AV_PIX_FMT_BGR48 : AV_PIX_FMT_BGR24;
}

AVPixelFormat without_j(AVPixelFormat format, bool& full_range) {
  const auto plain = [&](AVPixelFormat same) {
    full_range = true;
    return same;
  };
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return plain(AV_PIX_FMT_YUV420P);
    case AV_PIX_FMT_YUVJ422P:
      return plain(AV_PIX_FMT_YUV422P);
    case AV_PIX_FMT_YUVJ444P:
      return plain(AV_PIX_FMT_YUV444P);
    case AV_PIX_FMT_YUVJ440P:
      return plain(AV_PIX_FMT_YUV440P);
    default:
      return format;
  }
}

AVColorRange av(ColorRange range) {
  if (range == ColorRange::Unspecified) return AVCOL_RANGE_UNSPECIFIED;
  return range == ColorRange::Full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

ColorRange ours(AVColorRange range) {
  if (range == AVCOL_RANGE_UNSPECIFIED) return ColorRange::Unspecified;
  return range == AVCOL_RANGE_JPEG ? ColorRange::Full : ColorRange::Limited;
}

AVFieldOrder av(FieldOrder order) {
  switch (order) {
    case FieldOrder::Progressive:
      return AV_FIELD_PROGRESSIVE;
    case FieldOrder::TopFirst:
      return AV_FIELD_TT;
    case FieldOrder::BottomFirst:
      return AV_FIELD_BB;
    case FieldOrder::Unknown:
      break;
  }
  return AV_FIELD_UNKNOWN;
}

FieldOrder ours(AVFieldOrder order) {
  switch (order) {
    case AV_FIELD_PROGRESSIVE:
      return FieldOrder::Progressive;
    case AV_FIELD_TT:
    case AV_FIELD_TB:
      return FieldOrder::TopFirst;
    case AV_FIELD_BB:
    case AV_FIELD_BT:
      return FieldOrder::BottomFirst;
    default:
      return FieldOrder::Unknown;
  }
}

}  // namespace cameo::libav
