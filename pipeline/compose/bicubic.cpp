// SPDX-License-Identifier: MIT
#include "pipeline/compose/bicubic.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "kernels/cpu/loops.h"

namespace cameo {
namespace {

constexpr int kTaps = 4;
constexpr std::size_t kFloats = 16;  // of four pixels with four channels: a vector
constexpr int kPhaseBits = 5;
constexpr int kPhases = 1 << kPhaseBits;  // to a pixel
constexpr int kPad = 4;  // pixels that a place may lie outside of the image, and its taps

/// Weights of the pixels before, at and two behind a place, of Keys' kernel as OpenCV has it.
std::array<float, kTaps> taps_of(double phase) {
  constexpr double kSharpness = -0.75;
  const auto near = [](double d) { return ((kSharpness + 2) * d - (kSharpness + 3)) * d * d + 1; };
  const auto far = [](double d) {
    return ((kSharpness * d - 5 * kSharpness) * d + 8 * kSharpness) * d - 4 * kSharpness;
  };
  const double first = far(phase + 1), second = near(phase), third = near(1 - phase);
  return {static_cast<float>(first), static_cast<float>(second), static_cast<float>(third),
          static_cast<float>(1 - first - second - third)};
}

/// The taps of each phase, and the same for each channel of four pixels.
struct Taps {
  std::array<std::array<float, kTaps>, kPhases> down;
  std::array<std::array<float, kFloats>, kPhases> across;
};

const Taps& all_taps() {
  static const Taps taps = [] {
    Taps all{};
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      all.down.at(phase) = taps_of(static_cast<double>(phase) / kPhases);
      for (std::size_t i = 0; i < kFloats; ++i)
        all.across.at(phase).at(i) = all.down.at(phase).at(i / 4);
    }
    return all;
  }();
  return taps;
}

/// Where a pixel is sampled: its first tap in the padded image, and phases.
struct Place {
  std::int32_t offset = 0;
  std::int16_t phase_x = 0, phase_y = 0;
};

/// Places of a row. moves: three floats a pixel. step: bytes from one padded row to the next.
CAMEO_SIMD void find_places(const float* __restrict moves, int y, cv::Size size, int step,
                            Place* __restrict places) {
  constexpr float kBefore = 3;  // of kPad pixels: a tap lies one before its place
  constexpr float kHalf = 0.5F / kPhases;
  const auto most_x = static_cast<float>(size.width + 1);
  const auto most_y = static_cast<float>(size.height + 1);
  const std::ptrdiff_t width = size.width;
  for (std::ptrdiff_t x = 0; x < width; ++x) {
    const float at_x = std::clamp(static_cast<float>(x) + moves[3 * x], -2.0F, most_x);
    const float at_y = std::clamp(static_cast<float>(y) + moves[3 * x + 1], -2.0F, most_y);
    const auto phases_x = static_cast<int>((at_x + (kBefore + kHalf)) * kPhases);
    const auto phases_y = static_cast<int>((at_y + (kBefore + kHalf)) * kPhases);
    // Neither is below 0, which a compiler cannot know: a shift is not a division then.
    places[x].offset = (phases_y >> kPhaseBits) * step + (phases_x >> kPhaseBits) * 4;
    places[x].phase_x = static_cast<std::int16_t>(phases_x & (kPhases - 1));
    places[x].phase_y = static_cast<std::int16_t>(phases_y & (kPhases - 1));
  }
}

/// A row of places in the padded image, and what to do with its samples.
struct Row {
  const unsigned char* padded = nullptr;
  std::ptrdiff_t step = 0;
  const Place* places = nullptr;
  std::ptrdiff_t count = 0;
  const float* moves = nullptr;  ///< the third of each three is the weight
  float zero = 0, share = 1;
};

/// The sample of four channels at `from`, which is its first tap. step: from a row to the next.
template <class Value>
std::array<float, 4> sample(const Value* from, std::ptrdiff_t step,
                            const std::array<float, kTaps>& down,
                            const std::array<float, kFloats>& across) {
  std::array<float, 4> sum{};
  for (std::size_t i = 0; i < kFloats; ++i) {
    float column = 0;
    for (std::size_t k = 0; k < kTaps; ++k)
      column += down[k] * static_cast<float>(from[i + k * static_cast<std::size_t>(step)]);
    sum[i % 4] += across[i] * column;
  }
  return sum;
}

void add_row(const Row& row, const Taps& taps, float* out) {
  for (std::ptrdiff_t x = 0; x < row.count; ++x, out += 4) {
    const Place& place = row.places[x];
    const unsigned char* const from = row.padded + place.offset;
    const auto& down = taps.down[static_cast<std::size_t>(place.phase_y)];
    const auto& across = taps.across[static_cast<std::size_t>(place.phase_x)];
    const std::array<float, 4> sum = sample(from, row.step, down, across);
    const float weight = row.share * row.moves[3 * x + 2];
    for (std::size_t c = 0; c < 4; ++c) out[c] += weight * (sum[c] - row.zero);
  }
}

#ifdef __x86_64__
/// Bytes of two pixels as floats.
__attribute__((target("avx2,fma"))) inline __m256 two_pixels(const unsigned char* from) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
}

__attribute__((target("avx2,fma"))) inline __m256 two_pixels(const float* from) {
  return _mm256_loadu_ps(from);
}

/// sample(), two pixels a vector: no compiler finds that by itself.
template <class Value>
__attribute__((target("avx2,fma"))) inline __m128 sample_avx2(
    const Value* from, std::ptrdiff_t step, const std::array<float, kTaps>& down,
    const std::array<float, kFloats>& taps_across) {
  const float* const across = taps_across.data();
  __m256 left = _mm256_setzero_ps(), right = _mm256_setzero_ps();
  for (std::size_t k = 0; k < kTaps; ++k, from += step) {
    const __m256 tap = _mm256_set1_ps(down[k]);
    left = _mm256_fmadd_ps(tap, two_pixels(from), left);
    right = _mm256_fmadd_ps(tap, two_pixels(from + 8), right);
  }
  const __m256 both = _mm256_fmadd_ps(left, _mm256_loadu_ps(across),
                                      _mm256_mul_ps(right, _mm256_loadu_ps(across + 8)));
  return _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
}

/// The same by vectors.
__attribute__((target("avx2,fma"))) void add_row_avx2(const Row& row, const Taps& taps,
                                                      float* out) {
  for (std::ptrdiff_t x = 0; x < row.count; ++x, out += 4) {
    const Place& place = row.places[x];
    const unsigned char* const from = row.padded + place.offset;
    const auto& down = taps.down[static_cast<std::size_t>(place.phase_y)];
    const auto& across = taps.across[static_cast<std::size_t>(place.phase_x)];
    const __m128 sum = _mm_sub_ps(sample_avx2(from, row.step, down, across), _mm_set1_ps(row.zero));
    const __m128 weight = _mm_set1_ps(row.share * row.moves[3 * x + 2]);
    _mm_storeu_ps(out, _mm_fmadd_ps(weight, sum, _mm_loadu_ps(out)));
  }
}
#endif

auto* best_add_row() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return add_row_avx2;
#endif
  return add_row;
}

/// Places of a row in an image that an affine transform leads to.
struct AffineRow {
  const float* padded = nullptr;  ///< of the image's first pixel, four floats each
  std::ptrdiff_t step = 0;        ///< floats from one of its rows to the next
  cv::Size size;                  ///< of the image
  const int* right = nullptr;     ///< x and y that each pixel adds, in 1/1024 of a pixel
  const int* down = nullptr;
  int x = 0, y = 0;  ///< of the first pixel, in the same and half a phase beyond
  std::ptrdiff_t count = 0;
};

constexpr int kPlaceBits = 10;  // of AffineRow's numbers

/// The next place of a row that lies in the image, from pixel `x` on.
struct AffinePlace {
  std::ptrdiff_t x;
  const float* from = nullptr;  ///< its first tap
  std::size_t phase_x = 0, phase_y = 0;

  bool find(const AffineRow& row) {
    constexpr int kShift = kPlaceBits - kPhaseBits;
    for (; x < row.count; ++x) {
      const int at_x = (row.x + row.right[x]) >> kShift, at_y = (row.y + row.down[x]) >> kShift;
      const int column = at_x >> kPhaseBits, line = at_y >> kPhaseBits;
      if (column < 0 || column >= row.size.width || line < 0 || line >= row.size.height) continue;
      from = row.padded + (line - 1) * row.step + std::ptrdiff_t{4} * (column - 1);
      phase_x = static_cast<std::size_t>(at_x & (kPhases - 1));
      phase_y = static_cast<std::size_t>(at_y & (kPhases - 1));
      return true;
    }
    return false;
  }
};

void lay_row(const AffineRow& row, const Taps& taps, float* out) {
  for (AffinePlace place{0}; place.find(row); ++place.x) {
    const std::array<float, 4> sum =
        sample(place.from, row.step, taps.down[place.phase_y], taps.across[place.phase_x]);
    std::copy_n(sum.begin(), 3, out + 3 * place.x);
  }
}

#ifdef __x86_64__
/// The same by vectors.
__attribute__((target("avx2,fma"))) void lay_row_avx2(const AffineRow& row, const Taps& taps,
                                                      float* out) {
  for (AffinePlace place{0}; place.find(row); ++place.x) {
    const __m128 sum =
        sample_avx2(place.from, row.step, taps.down[place.phase_y], taps.across[place.phase_x]);
    // Three of the four, as the next pixel may be one that stays.
    _mm_storel_pi(reinterpret_cast<__m64*>(out + 3 * place.x), sum);
    _mm_store_ss(out + 3 * place.x + 2, _mm_movehl_ps(sum, sum));
  }
}
#endif

auto* best_lay_row() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return lay_row_avx2;
#endif
  return lay_row;
}

/// Weighted sum of four rows.
CAMEO_SIMD void mix_rows(const std::array<const float*, kTaps>& rows,
                         const std::array<float, kTaps>& taps, std::ptrdiff_t count,
                         float* __restrict out) {
  for (std::ptrdiff_t i = 0; i < count; ++i)
    out[i] = (rows[0][i] * taps[0] + rows[1][i] * taps[1]) +
             (rows[2][i] * taps[2] + rows[3][i] * taps[3]);
}

/// A row with `scale` samples for one; from: three channels, repeated two pixels beyond both ends.
void magnify_row(const float* from, int count, int scale, float* out) {
  for (int phase = 0; phase < scale; ++phase) {
    const std::array<float, kTaps> taps = taps_of(static_cast<double>(phase) / scale);
    const float* at = from - 3;
    float* to = out + std::ptrdiff_t{phase} * 3;
    for (int x = 0; x < count; ++x, at += 3, to += std::ptrdiff_t{scale} * 3)
      for (int c = 0; c < 3; ++c)
        to[c] =
            (at[c] * taps[0] + at[c + 3] * taps[1]) + (at[c + 6] * taps[2] + at[c + 9] * taps[3]);
  }
}

}  // namespace

BicubicImage::BicubicImage(const cv::Mat& image) : size_(image.size()) {
  check(image.type() == CV_8UC3 && !image.empty(), "bicubic: wants 8-bit BGR, got ", image.cols,
        "x", image.rows, " of type ", image.type());
  cv::Mat four;
  cv::cvtColor(image, four, cv::COLOR_BGR2BGRA);
  cv::copyMakeBorder(four, padded_, kPad, kPad, kPad, kPad, cv::BORDER_REPLICATE);
}

void BicubicImage::add_moved(const cv::Mat& moves, float zero, float share, cv::Mat& sum) const {
  check(moves.type() == CV_32FC3 && moves.size() == size_ && sum.type() == CV_32FC4 &&
            sum.size() == size_,
        "bicubic: ", moves.cols, "x", moves.rows, " moves for ", size_.width, "x", size_.height);
  auto* const add = best_add_row();
  std::vector<Place> places(static_cast<std::size_t>(size_.width));
  for (int y = 0; y < size_.height; ++y) {
    const auto* const move = moves.ptr<float>(y);
    find_places(move, y, size_, static_cast<int>(padded_.step), places.data());
    const Row row{.padded = padded_.data,
                  .step = static_cast<std::ptrdiff_t>(padded_.step),
                  .places = places.data(),
                  .count = size_.width,
                  .moves = move,
                  .zero = zero,
                  .share = share};
    add(row, all_taps(), sum.ptr<float>(y));
  }
}

cv::Mat magnified(const cv::Mat& image, int scale) {
  if (scale == 1) return image;
  check(image.type() == CV_32FC3 && !image.empty() && scale > 1, "magnified: ", image.cols, "x",
        image.rows, " of type ", image.type(), ", ", scale, " times");
  cv::Mat padded;
  cv::copyMakeBorder(image, padded, 1, 2, 1, 2, cv::BORDER_REPLICATE);
  cv::Mat wide(padded.rows, image.cols * scale, CV_32FC3);
  for (int y = 0; y < padded.rows; ++y)
    magnify_row(padded.ptr<float>(y) + 3, image.cols, scale, wide.ptr<float>(y));
  cv::Mat large(image.rows * scale, image.cols * scale, CV_32FC3);
  for (int y = 0; y < large.rows; ++y) {
    std::array<const float*, kTaps> rows{};
    for (int i = 0; i < kTaps; ++i)
      rows.at(static_cast<std::size_t>(i)) = wide.ptr<float>(y / scale + i);
    mix_rows(rows, taps_of(static_cast<double>(y % scale) / scale), std::ptrdiff_t{3} * large.cols,
             large.ptr<float>(y));
  }
  return large;
}

void lay_bicubic(const cv::Mat& image, const cv::Matx23d& to_image, cv::Mat& over) {
  check(image.type() == CV_32FC3 && !image.empty() && over.type() == CV_32FC3,
        "lay_bicubic: ", image.cols, "x", image.rows, " of type ", image.type(), " over type ",
        over.type());
  cv::Mat four, padded;
  cv::cvtColor(image, four, cv::COLOR_BGR2BGRA);
  cv::copyMakeBorder(four, padded, kPad, kPad, kPad, kPad, cv::BORDER_REFLECT_101);
  const auto place = [](double pixels) {
    return cv::saturate_cast<int>(pixels * (1 << kPlaceBits));
  };
  constexpr int kHalfPhase = 1 << (kPlaceBits - kPhaseBits - 1);
  const auto count = static_cast<std::size_t>(over.cols);
  std::vector<int> right(count), down(count);
  for (std::size_t x = 0; x < count; ++x) {
    right[x] = place(to_image(0, 0) * static_cast<double>(x));
    down[x] = place(to_image(1, 0) * static_cast<double>(x));
  }
  auto* const lay = best_lay_row();
  for (int y = 0; y < over.rows; ++y) {
    const AffineRow row{.padded = padded.ptr<float>(kPad) + std::ptrdiff_t{4} * kPad,
                        .step = static_cast<std::ptrdiff_t>(padded.step1()),
                        .size = image.size(),
                        .right = right.data(),
                        .down = down.data(),
                        .x = place(to_image(0, 1) * y + to_image(0, 2)) + kHalfPhase,
                        .y = place(to_image(1, 1) * y + to_image(1, 2)) + kHalfPhase,
                        .count = over.cols};
    lay(row, all_taps(), over.ptr<float>(y));
  }
}

}  // namespace cameo
