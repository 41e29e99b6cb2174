// SPDX-License-Identifier: MIT
#include "model/data/latent_stats.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/graph.h"
#include "model/net/autoencoder.h"

namespace cameo {
namespace {

constexpr int kMostFaces = 256;
constexpr int kBatch = 16;
// Of a number that hardly varies a deviation says nothing: it must not be stretched by a quotient
// of two roundings.
constexpr float kMostStretch = 4;

struct Reading {
  int weight, bias;
  Shape shape;
  explicit Reading(const ParamStore& params)
      : weight(params.find("encoder.dense2.weight")),
        bias(params.find("encoder.dense2.bias")),
        shape(params.table()[static_cast<std::size_t>(weight)].shape) {}
};

/// `count` numbers of faces, from `first` on of those that are looked at.
std::vector<std::int32_t> chosen_of(const FaceReader& faces, int first, int looked_at) {
  std::vector<std::int32_t> chosen(kBatch);
  for (int i = 0; i < kBatch; ++i) {
    const std::int64_t place = std::min(first + i, looked_at - 1);
    chosen[static_cast<std::size_t>(i)] =
        static_cast<std::int32_t>(place * faces.count / looked_at);
  }
  return chosen;
}

}  // namespace

LatentStats measure_latents(Exec& exec, ParamStore& params, const Preset& preset,
                            const FaceReader& faces) {
  Graph graph(exec, params, Mode::Inference);
  const Value face = graph.input({kBatch, preset.size, preset.size, 3});
  const Value code = encode_latent(face, preset);
  graph.plan({code});
  const auto width = static_cast<std::size_t>(code.shape().size() / kBatch);
  std::vector<double> sum(width), squares(width);
  const int looked_at = std::min(faces.count, kMostFaces);
  for (int first = 0; first < looked_at; first += kBatch) {
    faces.read(chosen_of(faces, first, looked_at), graph.value(face));
    graph.forward();
    const std::vector<float> codes = read_floats(exec, graph.value(code));
    const auto used = static_cast<std::size_t>(std::min(kBatch, looked_at - first));
    for (std::size_t i = 0; i < used * width; ++i) {
      const double number = codes[i];
      sum[i % width] += number;
      squares[i % width] += number * number;
    }
  }
  LatentStats moments{std::vector<float>(width), std::vector<float>(width)};
  for (std::size_t i = 0; i < width; ++i) {
    const double mean = sum[i] / looked_at;
    moments.mean[i] = static_cast<float>(mean);
    moments.deviation[i] =
        static_cast<float>(std::sqrt(std::max(0.0, squares[i] / looked_at - mean * mean)));
  }
  return moments;
}

void match_latents(ParamStore& params, const LatentStats& from, const LatentStats& to) {
  const Reading reading(params);
  const auto width = static_cast<std::size_t>(reading.shape.size() / reading.shape.n);
  check(from.mean.size() == width && to.mean.size() == width && from.deviation.size() == width &&
            to.deviation.size() == width,
        ErrorCode::Format, "code: moments of ", from.mean.size(), " and ", to.mean.size(),
        " numbers for a code of ", width);
  std::vector<float> stretch(width), shift(width);
  for (std::size_t i = 0; i < width; ++i) {
    const float ratio = from.deviation[i] > 0 ? to.deviation[i] / from.deviation[i] : 1.0F;
    stretch[i] = std::clamp(ratio, 1 / kMostStretch, kMostStretch);
    shift[i] = to.mean[i] - stretch[i] * from.mean[i];
  }
  // W (s z + t) + b = (W s) z + (W t + b)
  std::vector<float> weight = params.read(reading.weight), bias = params.read(reading.bias);
  for (std::size_t out = 0; out < bias.size(); ++out) {
    double moved = 0;
    for (std::size_t i = 0; i < width; ++i) {
      float& w = weight[out * width + i];
      moved += double{w} * shift[i];
      w *= stretch[i];
    }
    bias[out] += static_cast<float>(moved);
  }
  params.write(reading.weight, weight.data());
  params.write(reading.bias, bias.data());
}

}  // namespace cameo
