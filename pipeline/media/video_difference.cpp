// SPDX-License-Identifier: MIT
// The half of video_image.h that carries a change of BGR over to the decoded samples.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "kernels/cpu/loops.h"
#include "pipeline/media/video_image.h"

namespace cameo::libav {
namespace {

constexpr int kRows =
    32;  // that are worked on at once, whole blocks of chroma: they stay in the cache

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

/// Bytes that two stretches of memory have in common at their beginnings.
std::size_t common_begin(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
  constexpr std::size_t kStep = 64;
  std::size_t at = 0;
  while (at + kStep <= count && std::memcmp(a + at, b + at, kStep) == 0) at += kStep;
  while (at < count && a[at] == b[at]) ++at;
  return at;
}

/// The same at their ends.
std::size_t common_end(const std::uint8_t* a, const std::uint8_t* b, std::size_t count) {
  constexpr std::size_t kStep = 64;
  std::size_t left = count;
  while (left >= kStep && std::memcmp(a + left - kStep, b + left - kStep, kStep) == 0)
    left -= kStep;
  while (left > 0 && a[left - 1] == b[left - 1]) --left;
  return count - left;
}

/// The least rectangle outside of which two images of a type are equal.
cv::Rect changed_rect(const cv::Mat& before, const cv::Mat& after) {
  const std::size_t row = before.elemSize() * static_cast<std::size_t>(before.cols);
  std::size_t left = row, right = row;  // bytes that are equal in all rows
  int top = before.rows;
  int bottom = -1;
  for (int y = 0; y < before.rows; ++y) {
    const std::uint8_t* a = before.ptr(y);
    const std::uint8_t* b = after.ptr(y);
    const std::size_t begin = common_begin(a, b, row);
    if (begin == row) continue;
    left = std::min(left, begin);
    right = std::min(right, common_end(a, b, row));
    top = std::min(top, y);
    bottom = y;
  }
  if (bottom < 0) return {};
  const int first = static_cast<int>(left / before.elemSize());
  const int end = before.cols - static_cast<int>(right / before.elemSize());
  return {first, top, end - first, bottom - top + 1};
}

/// One component of an image, with its place among the pixels.
struct Plane {
  AVComponentDescriptor comp;
  int shift_x = 0, shift_y = 0;  ///< log2 of pixels a sample
  int width = 0, height = 0;     ///< samples
};

/// A change of some rows of BGR, from 0 to 1, channel by channel.
struct RowsOfChange {
  cv::Rect where;                 ///< in the image
  std::array<cv::Mat, 3> planes;  ///< CV_32FC1
  bool grey = false;              ///< equal in all channels: of luma alone
};

template <class Value>
inline void subtract(const Value* before, const Value* after, std::size_t count, float* change) {
  constexpr float kUnit = sizeof(Value) == 2 ? 1.0F / 65535 : 1.0F / 255;
  for (std::size_t x = 0; x < count; ++x)
    change[x] = static_cast<float>(after[x] - before[x]) * kUnit;
}

CAMEO_SIMD void subtract_8(const std::uint8_t* before, const std::uint8_t* after, std::size_t count,
                           float* change) {
  subtract(before, after, count, change);
}

CAMEO_SIMD void subtract_16(const std::uint16_t* before, const std::uint16_t* after,
                            std::size_t count, float* change) {
  subtract(before, after, count, change);
}

// Split first: integers that lie one after another are subtracted many at once.
RowsOfChange rows_of(const cv::Mat& before, const cv::Mat& after, const cv::Rect& where) {
  RowsOfChange out{.where = where};
  std::array<cv::Mat, 3> old, now;
  cv::split(before(where), old.data());
  cv::split(after(where), now.data());
  for (std::size_t c = 0; c < 3; ++c) {
    cv::Mat& change = out.planes.at(c);
    change.create(where.size(), CV_32FC1);
    if (before.depth() == CV_16U)
      subtract_16(old.at(c).ptr<std::uint16_t>(), now.at(c).ptr<std::uint16_t>(), change.total(),
                  change.ptr<float>());
    else
      subtract_8(old.at(c).ptr(), now.at(c).ptr(), change.total(), change.ptr<float>());
  }
  const auto& [blue, green, red] = out.planes;
  const std::size_t bytes = blue.total() * sizeof(float);
  out.grey = std::memcmp(blue.data, green.data, bytes) == 0 &&
             std::memcmp(blue.data, red.data, bytes) == 0;
  return out;
}

/// The change of one row of the image in a sample's weights, for the pixels from `begin` on; the
/// image's border is repeated, and where nothing changed it is 0.
void weigh(const RowsOfChange& rows, const Weights& weights, int y, int begin, cv::Size image,
           std::vector<float>& line) {
  std::fill(line.begin(), line.end(), 0.0F);
  const int row = std::min(y, image.height - 1) - rows.where.y;
  if (row < 0 || row >= rows.where.height) return;
  const auto* blue = rows.planes[0].ptr<float>(row);
  const auto* green = rows.planes[1].ptr<float>(row);
  const auto* red = rows.planes[2].ptr<float>(row);
  float* const to = line.data() + (rows.where.x - begin);
  const int count =
      std::min(rows.where.width, begin + static_cast<int>(line.size()) - rows.where.x);
  for (int x = 0; x < count; ++x)
    to[x] = blue[x] * weights[0] + green[x] * weights[1] + red[x] * weights[2];
  if (begin < 0) line.front() = line[static_cast<std::size_t>(-begin)];
  for (auto x = static_cast<std::size_t>(image.width - begin); x < line.size(); ++x)
    line[x] = line[x - 1];
}

/// A sample with something added, rounded and kept within its depth.
template <class Sample>
inline Sample sum_of(Sample old, float more, float most, int shift) {
  const float up = std::clamp(static_cast<float>(old >> shift) + more, 0.F, most) + 0.5F;
  return static_cast<Sample>(static_cast<int>(up) << shift);  // lround() is a call a sample
}

CAMEO_SIMD void add_row_8(const float* more, std::size_t count, float most, int shift,
                          std::uint8_t* samples) {
  for (std::size_t x = 0; x < count; ++x) samples[x] = sum_of(samples[x], more[x], most, shift);
}

CAMEO_SIMD void add_row_16(const float* more, std::size_t count, float most, int shift,
                           std::uint16_t* samples) {
  for (std::size_t x = 0; x < count; ++x) samples[x] = sum_of(samples[x], more[x], most, shift);
}

template <class Sample>
void add_samples(const std::vector<float>& add, const AVComponentDescriptor& comp,
                 std::uint8_t* to) {
  const auto most = static_cast<float>((1 << comp.depth) - 1);
  if (comp.step == sizeof(Sample)) {
    auto* const samples = reinterpret_cast<Sample*>(to);
    if constexpr (sizeof(Sample) == 1)
      add_row_8(add.data(), add.size(), most, comp.shift, samples);
    else
      add_row_16(add.data(), add.size(), most, comp.shift, samples);
    return;
  }
  for (std::size_t x = 0; x < add.size(); ++x, to += comp.step) {
    auto* const sample = reinterpret_cast<Sample*>(to);
    *sample = sum_of(*sample, add[x], most, comp.shift);
  }
}

/// Adds [1 2 1] / 4 around every second value, from the second on.
CAMEO_SIMD void add_around_pairs(const float* from, std::size_t count, float* add) {
  for (std::size_t x = 0; x < count; ++x)
    add[x] += (from[2 * x] + 2 * from[2 * x + 1] + from[2 * x + 2]) / 4;
}

template <class Sample>
void add_to(const RowsOfChange& rows, const Weights& weights, const Plane& plane,
            int chroma_location, AVFrame& image) {
  const int block_w = 1 << plane.shift_x;
  const int block_h = 1 << plane.shift_y;
  // MPEG's chroma lies on the left column of its two: [1 2 1] / 4 around that one.
  const bool left = plane.shift_x == 1 && chroma_location != AVCHROMA_LOC_CENTER &&
                    chroma_location != AVCHROMA_LOC_TOP;
  const int margin = left ? 1 : 0;
  const cv::Rect& where = rows.where;
  const int x0 = where.x >> plane.shift_x;
  const int x1 = std::min((where.x + where.width - 1 + margin) >> plane.shift_x, plane.width - 1);
  const int y0 = where.y >> plane.shift_y;
  const int y1 = (where.y + where.height - 1) >> plane.shift_y;
  const auto count = static_cast<std::size_t>(std::ptrdiff_t{x1} - x0 + 1);
  const auto step = static_cast<std::size_t>(block_w);
  std::vector<float> line(count * step + static_cast<std::size_t>(margin));
  std::vector<float> add(count);
  for (int y = y0; y <= y1; ++y) {
    std::fill(add.begin(), add.end(), 0.0F);
    for (int dy = 0; dy < block_h; ++dy) {
      weigh(rows, weights, y * block_h + dy, x0 * block_w - margin, {image.width, image.height},
            line);
      if (block_w == 1) {
        for (std::size_t x = 0; x < count; ++x) add[x] += line[x];
        continue;
      }
      if (left) {
        add_around_pairs(line.data(), count, add.data());
        continue;
      }
      const float* from = line.data();
      for (std::size_t x = 0; x < count; ++x, from += step) {
        float sum = from[0];
        for (std::size_t dx = 1; dx < step; ++dx) sum += from[dx];
        add[x] += sum / static_cast<float>(block_w);
      }
    }
    if (block_h > 1)
      for (float& value : add) value /= static_cast<float>(block_h);
    std::uint8_t* const row =
        image.data[plane.comp.plane] + std::ptrdiff_t{image.linesize[plane.comp.plane]} * y;
    add_samples<Sample>(add, plane.comp,
                        row + plane.comp.offset + std::ptrdiff_t{plane.comp.step} * x0);
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
  const cv::Rect where = changed_rect(before, after);
  if (where.empty()) return where;
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(image.format));
  const std::array<Weights, 3> weights = weights_of(how, format.comp[0].depth);
  std::array<Plane, 3> planes;
  for (std::size_t i = 0; i < 3; ++i) {
    Plane& plane = planes.at(i);
    plane.comp = format.comp[i];
    plane.shift_x = i == 0 ? 0 : format.log2_chroma_w;
    plane.shift_y = i == 0 ? 0 : format.log2_chroma_h;
    plane.width = AV_CEIL_RSHIFT(image.width, plane.shift_x);
    plane.height = AV_CEIL_RSHIFT(image.height, plane.shift_y);
  }
  for (int y = where.y / kRows * kRows; y < where.br().y; y += kRows) {
    const cv::Rect strip = where & cv::Rect(where.x, y, where.width, kRows);
    const RowsOfChange rows = rows_of(before, after, strip);
    for (std::size_t i = 0; i < (rows.grey ? 1U : 3U); ++i) {
      const auto add = planes.at(i).comp.depth > 8 ? add_to<std::uint16_t> : add_to<std::uint8_t>;
      add(rows, weights.at(i), planes.at(i), how.chroma_location, image);
    }
  }
  return where;
}

}  // namespace cameo::libav
