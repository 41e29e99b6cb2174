// SPDX-License-Identifier: MIT
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/ops.h"
#include "engine/params.h"

namespace cameo {

/// Channels of an image.
constexpr int kColours = 3;

/// A layer with weights as a graph uses it: y = layer(x).
struct LayerUse {
  enum class Kind { Conv2d, Dense };
  std::string name;
  Kind kind = Kind::Conv2d;
  Shape x, w, y;
  Conv2dOptions conv{};  ///< of a convolution
};

/// Layers that declare their parameters where they are used, so that table and graph cannot
/// disagree: over a store that is not allocated yet a layer adds its parameters to the table, over
/// an allocated one it finds them there. The parameters of a layer called `name` are name +
/// ".weight", which starts by `init`, and name + ".bias", which starts at zero. Each throws Error
/// if the store holds a parameter of that name and another shape, or is allocated without it.
class Layers {
 public:
  /// params: the store that holds the layers' parameters.
  /// frozen: parameters whose names begin with one of these get no gradients.
  explicit Layers(ParamStore& params, Init init = Init::GlorotUniform,
                  std::vector<std::string> frozen = {})
      : params_(params), init_(init), frozen_(std::move(frozen)) {}

  /// 5x5 convolution of stride 2, LeakyReLU: [N,H,W,C] -> [N,H/2,W/2,filters].
  Value down(Value x, const std::string& name, int filters);
  /// k x k convolution, LeakyReLU: [N,H,W,C] -> [N,H/stride,W/stride,filters].
  Value conv_leaky(Value x, const std::string& name, int k, int filters, int stride, float slope);
  /// k x k transposed convolution, LeakyReLU: [N,H,H,C] -> [N,stride*H,stride*H,filters]. It is not
  /// among those used().
  Value transposed_leaky(Value x, const std::string& name, int k, int filters, int stride,
                         float slope);
  /// 3x3 convolution, LeakyReLU, pixel shuffle: [N,H,W,C] -> [N,2H,2W,filters].
  Value up(Value x, const std::string& name, int filters);
  /// Residual block of two 3x3 convolutions, LeakyReLU behind each: x's shape.
  Value residual(Value x, const std::string& name);
  /// Dense, no activation: [N,H,W,C] -> [N,side,side,channels].
  Value dense(Value x, const std::string& name, int channels, int side = 1);
  /// k x k convolution and bias, no activation: [N,H,W,C] -> [N,H,W,filters].
  Value conv(Value x, const std::string& name, int k, int filters);

  /// The layers recorded so far, in their order.
  const std::vector<LayerUse>& used() const { return used_; }

 private:
  Value parameter(Graph& graph, const std::string& name, Shape shape, Init init);
  Value same_conv(Value x, const std::string& name, int k, int filters, int stride);
  Value bias_of(Value x, const std::string& name);

  ParamStore& params_;
  Init init_;
  std::vector<std::string> frozen_;
  std::vector<LayerUse> used_;
};

}  // namespace cameo
