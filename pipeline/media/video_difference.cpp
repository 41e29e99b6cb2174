// SPDX-License-Identifier: MIT
// The half of video_image.h that carries a change of BGR over to the decoded samples.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "pipeline/media/video_image.h"

namespace cameo::libav {
namespace {

/// Weights of B, G and R in a sample, in code values for a change from 0 to 1.
using Weights = std::array<float, 3>;

/// Weights of red and blue in luma (ITU-T H.273).
struct LumaWeights {
  double red, blue;
};

LumaWeights luma_weights(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return {.2126, .0722};
    case AVCOL_SPC_FCC:
      return {.30, .11};
    case AVCOL_SPC_SMPTE240M:
      return {.212, .087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return {.2627, .0593};
    default:
      return {.299, .114};
  }
}

/// Y, Cb and Cr of a change of BGR.
std::array<Weights, 3> weights_of(const Conversion& how, int depth) {
  const LumaWeights k = luma_weights(how.matrix);
  const double green = 1 - k.red - k.blue;
  const double unit = std::ldexp(1.0, depth - 8);
  const double full = std::ldexp(1.0, depth) - 1;
  const double luma = how.full_range ? full : 219 * unit;
  const double chroma = how.full_range ? full : 224 * unit;
  const double blue = chroma / (2 - 2 * k.blue);
  const double red = chroma / (2 - 2 * k.red);
  const auto f = [](double b, double g, double r) {
    return Weights{static_cast<float>(b), static_cast<float>(g), static_cast<float>(r)};
  };
  return {f(luma * k.blue, luma * green, luma * k.red),
          f(blue * (1 - k.blue), -blue * green, -blue * k.red),
          f(-red * k.blue, -red * green, red * (1 - k.red))};
}

template <class Value>
cv::Rect changed_rect(const cv::Mat& before, const cv::Mat& after) {
  int left = before.cols;
  int right = -1;
  int top = before.rows;
  int bottom = -1;
  for (int y = 0; y < before.rows; ++y) {
    const auto* a = before.ptr<Value>(y);
    const auto* b = after.ptr<Value>(y);
    const int n = 3 * before.cols;
    const auto first = std::mismatch(a, a + n, b).first;
    if (first == a + n) continue;
    int last = n - 1;
    while (a[last] == b[last]) --last;
    left = std::min(left, static_cast<int>(first - a) / 3);
    right = std::max(right, last / 3);
    top = std::min(top, y);
    bottom = y;
  }
  return bottom < 0 ? cv::Rect() : cv::Rect(left, top, right - left + 1, bottom - top + 1);
}

/// One component of an image, with its place among the pixels.
struct Plane {
  AVComponentDescriptor comp;
  int shift_x = 0, shift_y = 0;  ///< log2 of pixels a sample
  int width = 0, height = 0;     ///< samples
};

template <class Sample>
void add_to(const cv::Mat3f& change, cv::Rect where, const Weights& weights, const Plane& plane,
            int chroma_location, AVFrame& image) {
  const int block_w = 1 << plane.shift_x;
  const int block_h = 1 << plane.shift_y;
  // MPEG's chroma lies on the left column of its two: [1 2 1] / 4 around that one.
  const bool left = plane.shift_x == 1 && chroma_location != AVCHROMA_LOC_CENTER &&
                    chroma_location != AVCHROMA_LOC_TOP;
  const int margin = left ? 1 : 0;
  const int x0 = where.x >> plane.shift_x;
  const int x1 = std::min((where.x + where.width - 1 + margin) >> plane.shift_x, plane.width - 1);
  const int y0 = where.y >> plane.shift_y;
  const int y1 = (where.y + where.height - 1) >> plane.shift_y;
  const auto most = static_cast<float>((1 << plane.comp.depth) - 1);
  const auto at = [&](int x, int y) {
    const int cx = std::clamp(x, 0, image.width - 1) - where.x;
    const int cy = std::min(y, image.height - 1) - where.y;
    if (cx < 0 || cy < 0 || cx >= where.width || cy >= where.height) return 0.F;
    const cv::Vec3f& c = change(cy, cx);
    return c[0] * weights[0] + c[1] * weights[1] + c[2] * weights[2];
  };
  for (int y = y0; y <= y1; ++y) {
    std::uint8_t* row =
        image.data[plane.comp.plane] + std::ptrdiff_t{image.linesize[plane.comp.plane]} * y;
    for (int x = x0; x <= x1; ++x) {
      float sum = 0;
      for (int dy = 0; dy < block_h; ++dy) {
        const int px = x * block_w;
        const int py = y * block_h + dy;
        if (left) {
          sum += (at(px - 1, py) + 2 * at(px, py) + at(px + 1, py)) / 4;
        } else {
          float line = 0;
          for (int dx = 0; dx < block_w; ++dx) line += at(px + dx, py);
          sum += line / static_cast<float>(block_w);
        }
      }
      const float add = sum / static_cast<float>(block_h);
      if (add == 0) continue;
      auto* sample = reinterpret_cast<Sample*>(row + plane.comp.offset + plane.comp.step * x);
      const auto old = static_cast<float>(*sample >> plane.comp.shift);
      const float now = std::clamp(std::round(old + add), 0.F, most);
      *sample = static_cast<Sample>(static_cast<int>(now) << plane.comp.shift);
    }
  }
}

}  // namespace

bool takes_difference(AVPixelFormat pixels) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels);
  if (format == nullptr || format->nb_components < 3) return false;
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL |
                                   AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                   AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_FLOAT;
  const bool planar = (format->flags & AV_PIX_FMT_FLAG_PLANAR) != 0;
  return planar && (format->flags & kOther) == 0 && format->log2_chroma_w <= 2;
}

cv::Rect add_difference(const cv::Mat& before, const cv::Mat& after, const Conversion& how,
                        AVFrame& image) {
  check(before.type() == after.type() && before.size() == after.size(),
        "video: a difference between images of unequal kinds");
  const bool deep = before.depth() == CV_16U;
  const cv::Rect where =
      deep ? changed_rect<std::uint16_t>(before, after) : changed_rect<std::uint8_t>(before, after);
  if (where.empty()) return where;
  cv::Mat3f change;
  cv::subtract(after(where), before(where), change, cv::noArray(), CV_32F);
  change *= 1.0 / (deep ? 65535 : 255);
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
  const std::array<Weights, 3> weights = weights_of(how, format.comp[0].depth);
  for (std::size_t i = 0; i < 3; ++i) {
    Plane plane{.comp = format.comp[i]};
    plane.shift_x = i == 0 ? 0 : format.log2_chroma_w;
    plane.shift_y = i == 0 ? 0 : format.log2_chroma_h;
    plane.width = AV_CEIL_RSHIFT(image.width, plane.shift_x);
    plane.height = AV_CEIL_RSHIFT(image.height, plane.shift_y);
    const auto add = plane.comp.depth > 8 ? add_to<std::uint16_t> : add_to<std::uint8_t>;
    add(change, where, weights.at(i), plane, how.chroma_location, image);
  }
  return where;
}

}  // namespace cameo::libav
