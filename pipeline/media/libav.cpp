// SPDX-License-Identifier: MIT
#include "pipeline/media/libav.h"

#include <array>
#include <mutex>

#include "base/error.h"

namespace cameo::libav {

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
  Scaler scaler(sws_getContext(c.width, c.height, to ? c.yuv : AV_PIX_FMT_BGR24, c.width, c.height,
                               to ? AV_PIX_FMT_BGR24 : c.yuv, flags, nullptr, nullptr, nullptr));
  check(scaler != nullptr, "video: no conversion between ", av_get_pix_fmt_name(c.yuv), " of ",
        c.width, "x", c.height, " and BGR");
  const int* yuv = sws_getCoefficients(c.matrix);
  const int* rgb = sws_getCoefficients(SWS_CS_DEFAULT);
  const int yuv_range = c.full_range ? 1 : 0;
  constexpr int kOne = 1 << 16;
  sws_setColorspaceDetails(scaler.get(), to ? yuv : rgb, to ? yuv_range : 1, to ? rgb : yuv,
                           to ? 1 : yuv_range, 0, kOne, kOne);
  return scaler;
}

}  // namespace cameo::libav
