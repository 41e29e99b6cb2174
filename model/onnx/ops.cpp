// SPDX-License-Identifier: MIT
#include "model/onnx/ops.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace cameo {
namespace {

/// A parameter's name, shape in its store's table, and weights.
struct Weights {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

/// [outer, pixels, channels, inner] -> [outer, channels, pixels, inner]: NHWC becomes NCHW.
std::vector<float> channels_first(const std::vector<float>& from, int outer, int pixels,
                                  int channels, int inner) {
  std::vector<float> to(from.size());
  auto out = to.begin();
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < pixels; ++p)
        out = std::copy_n(from.begin() + ((o * pixels + p) * channels + c) * inner, inner, out);
  return to;
}

/// An op while it is written.
class OpWriter {
 public:
  OpWriter(const OpRecord& op, const OnnxTensors& tensors, OnnxModel& model)
      : op_(op), tensors_(tensors), model_(model) {}

  std::string conv2d() const {
    const Weights w = weights(1);
    const Shape s = w.shape;
    const std::vector<double>& pad = attribute("pad");
    const auto stride = static_cast<std::int64_t>(number("stride"));
    const std::string kernel = model_.constant(w.name, {s.n, s.c, s.h, s.w},
                                               channels_first(w.values, s.n, s.h * s.w, s.c, 1));
    return model_.node("Conv", {x(0), kernel},
                       {{"kernel_shape", OnnxModel::Extents{s.h, s.w}},
                        {"pads", OnnxModel::Extents(pad.begin(), pad.end())},
                        {"strides", OnnxModel::Extents{stride, stride}}});
  }

  /// A dense layer reads and fills maps in the order of NHWC: its weights are put into that of
  /// NCHW.
  std::string dense() const {
    Weights w = weights(1), b = weights(2);
    const Shape in = op_.in[0].shape(), out = op_.out.shape();
    const int inputs = w.shape.c, outputs = w.shape.n, pixels = out.h * out.w;
    w.values = channels_first(w.values, outputs, in.h * in.w, in.c, 1);
    w.values = channels_first(w.values, 1, pixels, out.c, inputs);
    b.values = channels_first(b.values, 1, pixels, out.c, 1);
    const std::string kernel = model_.constant(w.name, {outputs, inputs}, w.values);
    const std::string bias = model_.constant(b.name, {outputs}, b.values);
    const std::string rows = model_.node(
        "Gemm", {model_.node("Flatten", {x(0)}, {{"axis", 1}}), kernel, bias}, {{"transB", 1}});
    // 0 keeps the batch.
    return model_.node(
        "Reshape", {rows, model_.constant("shape", OnnxModel::Extents{0, out.c, out.h, out.w})});
  }

  std::string bias(const std::string& to) const {
    const Weights b = weights(1);
    return model_.node("Add", {to, model_.constant(b.name, {1, b.shape.c, 1, 1}, b.values)});
  }
  std::string bias() const { return bias(x(0)); }

  std::string leaky_relu(const std::string& of) const {
    return model_.node("LeakyRelu", {of}, {{"alpha", number("slope")}});
  }
  std::string leaky_relu() const { return leaky_relu(x(0)); }

  /// Block row, block column, channel: ONNX's order DCR.
  std::string pixel_shuffle(const std::string& of) const {
    return model_.node("DepthToSpace", {of}, {{"blocksize", blocksize()}, {"mode", "DCR"}});
  }
  std::string pixel_shuffle() const { return pixel_shuffle(x(0)); }

  /// ONNX has but one order for this, which is ours.
  std::string pixel_unshuffle() const {
    return model_.node("SpaceToDepth", {x(0)}, {{"blocksize", blocksize()}});
  }

  std::string bias_leaky() const { return leaky_relu(bias()); }
  std::string bias_leaky_shuffle() const { return pixel_shuffle(bias_leaky()); }

  std::string rms_norm() const {
    const std::string squares = model_.node("Mul", {x(0), x(0)});
    const std::string mean = model_.node("ReduceMean", {squares},
                                         {{"axes", OnnxModel::Extents{1, 2, 3}}, {"keepdims", 1}});
    const std::string sum =
        model_.node("Add", {mean, model_.constant("eps", {1}, {number("eps")})});
    return model_.node("Div", {x(0), model_.node("Sqrt", {sum})});
  }

  std::string scale() const {
    return model_.node("Mul", {x(0), model_.constant("scale", {1}, {number("k")})});
  }
  std::string sigmoid() const { return model_.node("Sigmoid", {x(0)}); }
  std::string add() const { return model_.node("Add", {x(0), x(1)}); }
  std::string concat() const { return model_.node("Concat", {x(0), x(1)}, {{"axis", 1}}); }

 private:
  const std::string& x(std::size_t i) const {
    const auto found = tensors_.find(op_.in[i].id);
    check(found != tensors_.end(), ErrorCode::Usage, "onnx: input ", i, " of ", op_.name,
          " must be an image, but no op yields it");
    return found->second;
  }

  Weights weights(std::size_t i) const {
    const Value v = op_.in[i];
    const std::optional<ParamRow> row = v.graph->param_row(v);
    check(row.has_value(), ErrorCode::Usage, "onnx: input ", i, " of ", op_.name,
          " must be a parameter, but an op yields it");
    const Param& p = row->store->table()[static_cast<std::size_t>(row->row)];
    return {p.name, p.shape, row->store->read(row->row)};
  }

  const std::vector<double>& attribute(std::string_view name) const {
    const auto found = std::find_if(op_.attributes.begin(), op_.attributes.end(),
                                    [&](const auto& a) { return a.first == name; });
    check(found != op_.attributes.end(), "onnx: ", op_.name, " tells no attribute ", name);
    return found->second;
  }
  float number(std::string_view name) const { return static_cast<float>(attribute(name).front()); }
  std::int64_t blocksize() const { return static_cast<std::int64_t>(number("r")); }

  const OpRecord& op_;
  const OnnxTensors& tensors_;
  OnnxModel& model_;
};

using Write = std::string (OpWriter::*)() const;

constexpr std::array<std::pair<std::string_view, Write>, 13> kWriters{{
    {"add", &OpWriter::add},
    {"bias", &OpWriter::bias},
    {"bias_leaky", &OpWriter::bias_leaky},
    {"bias_leaky_shuffle", &OpWriter::bias_leaky_shuffle},
    {"concat", &OpWriter::concat},
    {"conv2d", &OpWriter::conv2d},
    {"dense", &OpWriter::dense},
    {"leaky_relu", &OpWriter::leaky_relu},
    {"pixel_shuffle", &OpWriter::pixel_shuffle},
    {"pixel_unshuffle", &OpWriter::pixel_unshuffle},
    {"rms_norm", &OpWriter::rms_norm},
    {"scale", &OpWriter::scale},
    {"sigmoid", &OpWriter::sigmoid},
}};

}  // namespace

std::string write_op(const OpRecord& op, const OnnxTensors& tensors, OnnxModel& model) {
  std::string known;
  for (const auto& [name, write] : kWriters) {
    if (op.name == name) return (OpWriter(op, tensors, model).*write)();
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  fail(ErrorCode::Usage, "onnx: the op ", op.name, " is not written as ONNX yet; there are ", known,
       " (model/onnx/ops.cpp)");
}

}  // namespace cameo
