// SPDX-License-Identifier: MIT
#include "model/data/latent_stats.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/graph.h"
#include "engine/ops.h"

namespace cameo {
namespace {

constexpr int kMostFaces = 256;
constexpr int kBatch = 16;
constexpr float kMostStretch = 4;

/// Indices of a batch of faces: of `sampled` faces, evenly spread over the set, those from `first`
/// on.
std::vector<std::int32_t> batch_at(const FaceReader& faces, int first, int sampled) {
  std::vector<std::int32_t> indices(kBatch);
  for (int i = 0; i < kBatch; ++i) {
    const std::int64_t place = std::min(first + i, sampled - 1);
    indices[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(place * faces.count / sampled);
  }
  return indices;
}

/// Exchanges left and right of images [N,H,W,C].
void mirror(std::vector<float>& images, Shape shape) {
  const std::int64_t row = std::int64_t{shape.w} * shape.c;
  for (auto at = images.begin(); at != images.end(); at += row)
    for (int left = 0, right = shape.w - 1; left < right; ++left, --right)
      std::swap_ranges(at + std::int64_t{left} * shape.c, at + std::int64_t{left + 1} * shape.c,
                       at + std::int64_t{right} * shape.c);
}

}  // namespace

LatentSample sample_latents(Exec& exec, ParamStore& params, const Network& network,
                            const FaceReader& faces, bool mirrored, Side person) {
  Graph graph(exec, params, Mode::Inference);
  const Value face = graph.input({kBatch, network.size, network.size, 3});
  const Value latent = network.encode(params, face, person).latent;
  graph.plan({latent});
  LatentSample sample{{}, static_cast<std::size_t>(latent.shape().size() / kBatch)};
  const int sampled = std::min(faces.count, kMostFaces);
  sample.values.reserve(static_cast<std::size_t>(sampled) * (mirrored ? 2 : 1) * sample.width);
  const auto add_batch = [&](std::size_t used) {
    graph.forward();
    const std::vector<float> latents = read_floats(exec, graph.value(latent));
    sample.values.insert(sample.values.end(), latents.begin(),
                         latents.begin() + static_cast<std::ptrdiff_t>(used * sample.width));
  };
  for (int first = 0; first < sampled; first += kBatch) {
    faces.read(batch_at(faces, first, sampled), graph.value(face));
    const auto used = static_cast<std::size_t>(std::min(kBatch, sampled - first));
    add_batch(used);
    if (!mirrored) continue;
    std::vector<float> images = read_floats(exec, graph.value(face));
    mirror(images, graph.value(face).shape);
    write_floats(exec, graph.value(face), images.data());
    add_batch(used);
  }
  return sample;
}

LatentStats moments_of(const LatentSample& latents) {
  const std::size_t width = latents.width;
  std::vector<double> sum(width), squares(width);
  for (std::size_t i = 0; i < latents.values.size(); ++i) {
    const double element = latents.values[i];
    sum[i % width] += element;
    squares[i % width] += element * element;
  }
  const auto count = static_cast<double>(latents.count());
  LatentStats stats{std::vector<float>(width), std::vector<float>(width)};
  for (std::size_t i = 0; i < width; ++i) {
    const double mean = sum[i] / count;
    stats.mean[i] = static_cast<float>(mean);
    stats.deviation[i] =
        static_cast<float>(std::sqrt(std::max(0.0, squares[i] / count - mean * mean)));
  }
  return stats;
}

double distance_of_means(const LatentStats& own, const LatentStats& known) {
  const std::size_t width = own.mean.size();
  check(known.mean.size() == width && known.deviation.size() == width && width > 0,
        ErrorCode::Format, "latents: moments of ", width, " and ", known.mean.size(), " elements");
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const double away = (double{own.mean[i]} - known.mean[i]) /
                        std::max(known.deviation[i], std::numeric_limits<float>::min());
    sum += away * away;
  }
  return sum / static_cast<double>(width);
}

LatentMap::LatentMap(const LatentStats& from, const LatentStats& to)
    : stretch(from.mean.size()), shift(from.mean.size()) {
  const std::size_t width = from.mean.size();
  check(to.mean.size() == width && from.deviation.size() == width && to.deviation.size() == width,
        ErrorCode::Format, "latents: moments of ", width, " and ", to.mean.size(), " elements");
  for (std::size_t i = 0; i < width; ++i) {
    const float ratio = from.deviation[i] > 0 ? to.deviation[i] / from.deviation[i] : 1.0F;
    stretch[i] = std::clamp(ratio, 1 / kMostStretch, kMostStretch);
    shift[i] = to.mean[i] - stretch[i] * from.mean[i];
  }
}

void match_latents(ParamStore& params, const Network& network, const LatentStats& from,
                   const LatentStats& to) {
  const int weight_row = params.find(network.latent_layer + ".weight"),
            bias_row = params.find(network.latent_layer + ".bias");
  const auto width =
      static_cast<std::size_t>(params.table()[static_cast<std::size_t>(weight_row)].shape.c);
  const LatentMap map(from, to);
  check(map.shift.size() == width, ErrorCode::Format, "latents: moments of ", map.shift.size(),
        " elements for a latent of ", width);
  // W (s z + t) + b = (W s) z + (W t + b)
  std::vector<float> weight = params.read(weight_row), bias = params.read(bias_row);
  for (std::size_t out = 0; out < bias.size(); ++out) {
    double moved = 0;
    for (std::size_t i = 0; i < width; ++i) {
      float& w = weight[out * width + i];
      moved += double{w} * map.shift[i];
      w *= map.stretch[i];
    }
    bias[out] += static_cast<float>(moved);
  }
  params.write(weight_row, weight.data());
  params.write(bias_row, bias.data());
}

}  // namespace cameo
