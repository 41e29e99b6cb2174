// SPDX-License-Identifier: MIT
#include "bench/gpu/narrow.h"

#include <algorithm>
#include <set>
#include <vector>

#include "bench/layers.h"
#include "kernels/conv_pass.h"
#include "kernels/cuda/narrow_conv.h"
#include "model/net/presets.h"

namespace cameo::bench {
namespace {

using kernels::Conv2dSpec;
using kernels::ConvPass;
using kernels::NarrowConv;

constexpr ConvPass kPasses[] = {ConvPass::Forward, ConvPass::BackwardData,
                                ConvPass::BackwardWeights};

/// The layer with this pass alone, but for forward, which always is.
Conv2dSpec only(Conv2dSpec spec, ConvPass pass) {
  spec.wants_dx = pass == ConvPass::BackwardData;
  spec.wants_dw = pass == ConvPass::BackwardWeights;
  return spec;
}

View filled(Cuda& on, Tensors& make, Shape shape) {
  constexpr float kOrdinary = 0.5048676133155823F;  // two bfloat16 of 0.504, read as one float32
  const View view = make.make(shape, on.compute_dtype(), true);
  on.fill(static_cast<float*>(view.data), kOrdinary, view.bytes() / sizeof(float));
  return view;
}

struct Measured {
  double seconds = 0, bytes = 0;
  std::string names;
};

Measured measure(Cuda& on, Patience patience, const Conv2dSpec& spec, ConvPass pass) {
  Tensors make(on);
  const auto conv = kernels::make_conv2d(on, only(spec, pass));
  const View x = filled(on, make, spec.x), w = filled(on, make, spec.w),
             y = filled(on, make, spec.y),
             scratch =
                 make.make({1, 1, 1, static_cast<int>(conv->scratch_bytes() / sizeof(float)) + 1},
                           DType::F32, true);
  const auto work = [&] {
    if (pass == ConvPass::Forward)
      conv->forward(x, w, y, scratch);
    else if (pass == ConvPass::BackwardData)
      conv->backward(x, w, y, {x}, {}, scratch);
    else
      conv->backward(x, w, y, {}, {w}, scratch);
  };
  return {seconds_of(on, patience, work), static_cast<double>(x.bytes() + w.bytes() + y.bytes()),
          conv->algorithm_names()};
}

/// The pass's own algorithm of "forward 7 2=2, dx narrow".
std::string chosen_of(const std::string& names, ConvPass pass) {
  const std::string word = std::string(kernels::name_of(pass)) + ' ';
  const std::size_t at = names.find(word) + word.size();
  return names.substr(at, names.find(',', at) - at);
}

NarrowRow row_of(Precision precision, Patience patience, const Conv2dSpec& spec, ConvPass pass) {
  Cuda cudnn({.precision = precision, .own_convolutions = false}), own({.precision = precision}),
      timed({.precision = precision});
  NarrowRow row{.pass = kernels::name_of(pass)};
  const Measured theirs = measure(cudnn, patience, spec, pass);
  row.cudnn_seconds = theirs.seconds;
  row.bytes = theirs.bytes;
  if (NarrowConv::make(own, spec, pass)) {
    own.forced_algorithm = NarrowConv::kName;
    row.own_seconds = measure(own, patience, spec, pass).seconds;
  }
  row.chosen = chosen_of(kernels::make_conv2d(timed, only(spec, pass))->algorithm_names(), pass);
  return row;
}

struct Named {
  Precision precision;
  const char* name;
};

struct NamedLayer {
  std::string preset;
  ConvLayer layer;
};

/// Layers of up to 12 channels on one side, each size once.
std::vector<NamedLayer> narrow_layers() {
  constexpr int kFew = 12, kSmall = 64;
  std::vector<NamedLayer> layers;
  std::set<std::string> known;
  for (const Preset& preset : presets())
    for (const ConvLayer& layer :
         conv_layers(preset.network, joint(preset.network.size <= kSmall ? 64 : 16)))
      if (std::min(layer.spec.x.c, layer.spec.y.c) <= kFew &&
          known.insert(key_of(layer.spec, ConvPass::Forward)).second)
        layers.push_back({preset.name, layer});
  return layers;
}

}  // namespace

void measure_narrow(Patience patience, const std::function<void(const NarrowRow&)>& tell) {
  constexpr Named kPrecisions[] = {
      {Precision::Bf16, "bfloat16"}, {Precision::Tf32, "TF32"}, {Precision::F32, "float32"}};
  const std::vector<NamedLayer> layers = narrow_layers();
  for (const auto& [precision, name] : kPrecisions)
    for (const auto& [preset, layer] : layers)
      for (const ConvPass pass : kPasses) {
        if (pass == ConvPass::BackwardData && !layer.spec.wants_dx) continue;
        NarrowRow row = row_of(precision, patience, layer.spec, pass);
        row.preset = preset;
        row.layer = layer.name;
        row.precision = name;
        tell(row);
      }
}

}  // namespace cameo::bench
