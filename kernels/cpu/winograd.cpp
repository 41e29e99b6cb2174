// SPDX-License-Identifier: MIT
#include "kernels/cpu/winograd.h"

#include <algorithm>

#include <dnnl.hpp>

#include "base/error.h"
#include "base/round_up.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/winograd_points.h"

namespace cameo::kernels {
namespace {

using namespace winograd;  // NOLINT(google-build-using-namespace): its other half

// Bytes of points. Between a quarter and twice of these nothing differed by more than the noise.
constexpr std::size_t kTiles = std::size_t{8} << 20;  // a block of tiles: a share of the cache
constexpr std::size_t kWholeWeights = std::size_t{24} << 20;  // weights up to here stay whole
constexpr std::size_t kSlice = std::size_t{8} << 20;          // of weights that do not
constexpr std::size_t kMost = std::size_t{256} << 20;         // all: more is not offered

/// How a pass is cut: `block` tiles at a time and, of its outer channels, `slice`.
struct Cut {
  int tiles_high, tiles_wide;
  std::int64_t tiles;            ///< of all images
  std::int64_t inputs, outputs;  ///< channels, those of the input counted over phases
  std::int64_t block, slice;
  bool slices_inputs;  ///< else the outputs

  Cut(const Conv2dSpec& s, ConvPass pass) : slices_inputs(pass == ConvPass::BackwardData) {
    tiles_high = (std::max(s.y.h, (s.x.h + s.stride - 1) / s.stride) + kOut - 1) / kOut;
    tiles_wide = (std::max(s.y.w, (s.x.w + s.stride - 1) / s.stride) + kOut - 1) / kOut;
    tiles = std::int64_t{s.x.n} * tiles_high * tiles_wide;
    inputs = std::int64_t{s.stride} * s.stride * s.x.c;
    outputs = s.w.n;
    slice = sliced();
    if (sizeof(float) * points(sliced() * whole()) > kWholeWeights)
      slice = std::min(slice, fitting(kSlice, whole()));
    // Weights are made ready once: where they come in slices, all tiles are one block.
    block = slice < sliced() ? tiles : std::min(tiles, fitting(kTiles, inputs + outputs));
  }

  std::int64_t sliced() const { return slices_inputs ? inputs : outputs; }
  std::int64_t whole() const { return slices_inputs ? outputs : inputs; }
  std::size_t bytes() const {
    return sizeof(float) *
           static_cast<std::size_t>(points(block * whole()) + points(block * slice) +
                                    points(slice * whole()));
  }

  /// Floats from one point to the next for a matrix of `size`: a cache line more than it takes,
  /// lest all points of an element share a set of the cache.
  static std::int64_t apart(std::int64_t size) { return round_up(size, kSide) + kSide; }
  static std::int64_t points(std::int64_t size) { return kPoints * apart(size); }

 private:
  static std::int64_t fitting(std::size_t bytes, std::int64_t row) {
    const auto floats = static_cast<std::int64_t>(bytes / sizeof(float)) / kPoints;
    return std::max<std::int64_t>(kSide, floats / row / kSide * kSide);
  }
};

/// For each point c [m,n] = a b, or c += a b; a and b may be given as their transposes.
struct Product {
  char transpose_a = 'N', transpose_b = 'N';
  std::int64_t m, n, k;

  void run(const float* a, const float* b, float* c, bool add) const {
    // Within a thread of ours oneDNN starts no others.
    parallel_stretches(kPoints, 1, [&](auto p, auto) {
      const auto status =
          dnnl::sgemm(transpose_a, transpose_b, m, n, k, 1.0F, a + p * Cut::apart(m * k),
                      transpose_a == 'N' ? k : m, b + p * Cut::apart(k * n),
                      transpose_b == 'N' ? n : k, add ? 1.0F : 0.0F, c + p * Cut::apart(m * n), n);
      check(status == dnnl::status::success, "oneDNN: no product of ", m, " x ", k, " x ", n);
    });
  }
};

class Winograd final : public Primitive {
 public:
  Winograd(const Conv2dSpec& spec, ConvPass pass) : spec_(spec), cut_(spec, pass), pass_(pass) {}

  std::size_t scratch_bytes() const override { return cut_.bytes(); }

  void run(const Operands& operands) override {
    auto* const whole = reinterpret_cast<float*>(operands.scratch);
    float* const slice = whole + Cut::points(cut_.block * cut_.whole());
    float* const weights = slice + Cut::points(cut_.block * cut_.slice);
    for (std::int64_t begin = 0; begin < cut_.tiles; begin += cut_.block) {
      const Range tiles{begin, std::min(cut_.tiles, begin + cut_.block)};
      bring_whole(operands, tiles, whole);
      for (std::int64_t from = 0; from < cut_.sliced(); from += cut_.slice) {
        const Range channels{from, std::min(cut_.sliced(), from + cut_.slice)};
        switch (pass_) {
          case ConvPass::Forward:
          case ConvPass::BackwardData:
            convolve(operands, tiles, channels, {whole, slice, weights});
            break;
          case ConvPass::BackwardWeights:
            correlate(operands, tiles, channels, {whole, slice, weights});
            break;
        }
      }
    }
  }

 private:
  /// The scratch: [tile, whole], [tile, slice], [output, input] of the slice, for each point.
  struct Points {
    float *whole, *slice, *weights;
  };

  Filter filter() const { return {spec_.w.h, spec_.w.c, spec_.stride}; }
  template <class Float>
  Tiled<Float> input(Float* x) const {
    return {x, spec_.x, spec_.stride, cut_.tiles_high, cut_.tiles_wide};
  }
  template <class Float>
  Tiled<Float> output(Float* y) const {
    return {y, spec_.y, 1, cut_.tiles_high, cut_.tiles_wide};
  }

  /// f(number, number in the range), on all threads.
  template <class F>
  static void each(Range range, F f) {
    parallel_stretches(range.size(), 1, [&](auto i, auto) { f(range.begin + i, i); });
  }

  /// What is read in full: x, or dy on the way to the input.
  void bring_whole(const Operands& operands, Range tiles, float* to) const {
    const auto from = pass_ == ConvPass::BackwardData ? output(operands.a) : input(operands.a);
    each(tiles, [&](auto tile, auto i) {
      bring_input(from, tile, {0, cut_.whole()}, to + i * cut_.whole(),
                  Cut::apart(tiles.size() * cut_.whole()));
    });
  }

  /// Forward and towards the input: a slice of the result's channels.
  void convolve(const Operands& operands, Range tiles, Range channels, Points points) const {
    const bool forward = pass_ == ConvPass::Forward;
    const std::int64_t n = channels.size(), apart = Cut::apart(tiles.size() * n);
    if (tiles.begin == 0) bring_weights(operands.b, channels, points.weights);
    Product{.transpose_b = forward ? 'T' : 'N', .m = tiles.size(), .n = n, .k = cut_.whole()}.run(
        points.whole, points.weights, points.slice, false);
    const auto to = forward ? output(operands.out) : input(operands.out);
    each(tiles,
         [&](auto tile, auto i) { reorder_out(points.slice + i * n, apart, to, tile, channels); });
  }

  void bring_weights(const float* w, Range channels, float* to) const {
    const Filter f = filter();
    const bool forward = pass_ == ConvPass::Forward;
    const Range outputs = forward ? channels : Range{0, cut_.outputs};
    const Range inputs = forward ? Range{0, cut_.inputs} : channels;
    each(outputs, [&](auto o, auto i) {
      bring_filter(f, w + o * f.size(), inputs, !forward, to + i * inputs.size(),
                   Cut::apart(outputs.size() * inputs.size()));
    });
  }

  /// Towards the weights of a slice of the outputs: a sum over all tiles.
  void correlate(const Operands& operands, Range tiles, Range outputs, Points points) const {
    const std::int64_t m = outputs.size(), n = cut_.inputs;
    each(tiles, [&](auto tile, auto i) {
      bring_gradient(output(operands.b), tile, outputs, points.slice + i * m,
                     Cut::apart(tiles.size() * m));
    });
    Product{.transpose_a = 'T', .m = m, .n = n, .k = tiles.size()}.run(
        points.slice, points.whole, points.weights, tiles.begin > 0);
    if (tiles.end < cut_.tiles) return;
    const Filter f = filter();
    each(outputs, [&](auto o, auto i) {
      bring_filter_out(points.weights + i * n, Cut::apart(m * n), f, operands.out + o * f.size());
    });
  }

  Conv2dSpec spec_;
  Cut cut_;
  ConvPass pass_;
};

}  // namespace

bool is_winograd(const Conv2dSpec& s, ConvPass pass) {
  const bool filters =
      s.w.h == s.w.w && ((s.w.h == 3 && s.stride == 1) || (s.w.h == 5 && s.stride == 2));
  return filters && s.pad.top == 1 && s.pad.left == 1 && Cut(s, pass).bytes() <= kMost;
}

std::unique_ptr<Primitive> winograd_conv(const Conv2dSpec& spec, ConvPass pass) {
  return std::make_unique<Winograd>(spec, pass);
}

}  // namespace cameo::kernels
