// SPDX-License-Identifier: MIT
#pragma once
#include <cmath>
#include <numeric>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/file/model_file.h"
#include "model/net/autoencoder.h"
#include "model/onnx/dfm.h"
#include "tests/support/programs.h"
#include "tests/support/scratch.h"

namespace cameo::test {

struct Case {
  std::string kind, settings;
};

constexpr const char* kSmallDf = "size=32 down=4,5,6 latent=7 inner=5 up=6 decoder=8,9";

/// Few channels, and all different; every layer of every topology: maps of one pixel and of several
/// before and behind dense layers.
inline std::vector<Case> cases() {
  const std::string small = kSmallDf;
  return {{kAutoencoder, "size=32 down=3,4,5 code=7 inner=5 up=6 decoder=7,5,4"},
          {kAutoencoder, "size=16 down=3,4,5,6 code=7 inner=5 up=6,7 decoder=5,4"},
          {"df", small},
          {"df", small + " unshuffle=1 residual=0 head=1"},
          {"df", small + " down_residual=1,3 mask=3"},
          {"df", small + " norm=1"},
          {"df", small + " mask=3 canonical=1"},
          {"liae", small},
          {"liae", small + " mask=3"},
          {"liae", small + " norm=1 mask=3"}};
}

/// A model file with drawn weights and biases, and moments and ranges of latents.
class WrittenModel {
 public:
  /// untrained: prefix of parameters whose mask head has the biases that it began with.
  explicit WrittenModel(const Case& c, bool with_moments = true, const std::string& untrained = "-")
      : network(cameo::network(c.kind, c.settings)), params_(exec_) {
    network.declare(params_);
    params_.allocate(/*with_gradients=*/false);
    params_.initialize(5);
    for (std::size_t row = 0; row < params_.table().size(); ++row) {
      const Param& p = params_.table()[row];
      if (p.init != Init::Zeros) continue;
      if (p.name.starts_with(untrained) && p.name.ends_with(".mask2.bias")) continue;
      std::vector<float> bias(static_cast<std::size_t>(p.shape.size()));
      for (std::size_t i = 0; i < bias.size(); ++i)
        bias[i] = 0.3F * std::sin(static_cast<float>(7 * row + i));
      params_.write(static_cast<int>(row), bias.data());
    }
    const LatentSummary a{moments(0.2F), range(-0.2F, 0.1F)}, b{moments(0.5F), range(-0.1F, 0.3F)};
    ModelTensors tensors(file(), params_);
    if (with_moments) {
      tensors.add_latents("a", a);
      tensors.add_latents("b", b);
    }
    write_safetensors(file(), tensors.list(), network_metadata("custom", network));
  }

  std::filesystem::path file() const { return scratch_ / "model.safetensors"; }

  /// Its DFM file.
  std::string export_bytes(const DfmOptions& options = {}) const {
    export_dfm(file(), scratch_ / "model.dfm", options);
    return text_of(scratch_ / "model.dfm");
  }
  onnx::ModelProto export_and_read(const DfmOptions& options = {}) const {
    onnx::ModelProto model;
    REQUIRE(model.ParseFromString(export_bytes(options)));
    return model;
  }

 private:
  Exec exec_{Cpu{}};

 public:
  const Network network;

 private:
  std::size_t latent_width() const {
    const int row = params_.find(network.latent_layer + ".weight");
    return static_cast<std::size_t>(params_.table()[static_cast<std::size_t>(row)].shape.c);
  }

  /// So narrow that the latents of most faces are beyond it.
  LatentRange range(float low, float high) const {
    LatentRange range{std::vector<float>(2 * latent_width()), {low, low}, {high, high}};
    range.axes[0] = range.axes[latent_width() + 1] = 1;
    return range;
  }

  LatentStats moments(float scale) const {
    const std::size_t width = latent_width();
    LatentStats stats{std::vector<float>(width), std::vector<float>(width)};
    for (std::size_t i = 0; i < width; ++i) {
      stats.mean[i] = scale * std::cos(static_cast<float>(i));
      stats.deviation[i] = scale * (1 + 0.1F * static_cast<float>(i));
    }
    return stats;
  }

  ParamStore params_;
  Scratch scratch_;
};

}  // namespace cameo::test
