// SPDX-License-Identifier: MIT
#include "model/net/discriminator.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "model/net/layers.h"

namespace cameo {
namespace {

constexpr int kMaxLayers = 9, kMaxChannels = 512;
constexpr float kSlope = 0.2F;

std::string numbered(const char* name, std::size_t i) {
  return name + std::to_string(i + 1);
}

}  // namespace

int receptive_field(const std::vector<int>& strides) {
  int field = 3, step = 1;
  for (std::size_t i = 0; i + 1 < strides.size(); ++i) field += 2 * (step *= strides[i]);
  return field;
}

std::vector<int> Discriminator::strides() const {
  check(patch >= 3 && patch <= size && size % 2 == 0, ErrorCode::Usage,
        "discriminator: a patch of ", patch, " pixels for images of ", size, ", must be 3 to ",
        size);
  std::vector<int> best{2};
  const auto off = [&](const std::vector<int>& one) {
    return std::abs(receptive_field(one) - patch);
  };
  for (int layers = 2; layers <= kMaxLayers; ++layers) {
    // From all of stride 2 to all but the first of stride 1.
    for (int choice = (1 << (layers - 1)) - 1; choice >= 0; --choice) {
      std::vector<int> one{2};
      int halved = 2;
      for (int bit = layers - 2; bit >= 0; --bit) {
        one.push_back(1 + (choice >> bit & 1));
        halved *= one.back();
      }
      if (size % halved == 0 && off(one) < off(best)) best = one;
    }
  }
  return best;
}

Discriminator::Logits Discriminator::judge(ParamStore& params, Value images,
                                           Trainable trainable) const {
  const bool frozen = trainable == Trainable::No;
  Layers layers(params, Init::GlorotUniform,
                frozen ? std::vector<std::string>{""} : std::vector<std::string>{});
  const std::vector<int> all = strides();
  std::vector<Value> planes{layers.conv_leaky(images, "in", 1, width, 1, kSlope)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const int channels = std::min(width << (i + 1), kMaxChannels);
    planes.push_back(
        layers.conv_leaky(planes.back(), numbered("down", i), 3, channels, all[i], kSlope));
  }
  Value x = planes.back();
  const Value centre = layers.conv(x, "centre.out", 1, 1);
  x = layers.conv_leaky(x, "centre", 1, x.shape().c, 1, kSlope);
  for (std::size_t i = all.size(); i-- > 0;) {
    x = layers.transposed_leaky(x, numbered("up", i), 3, planes[i].shape().c, all[i], kSlope);
    x = concat(x, planes[i]);
  }
  return {centre, layers.conv(x, "out", 1, 1)};
}

void Discriminator::declare(ParamStore& params) const {
  Graph graph(params.exec(), params, Mode::Inference);  // never planned
  judge(params, graph.input({1, size, size, kColours}), Trainable::Yes);
}

}  // namespace cameo
