// SPDX-License-Identifier: MIT
#include "model/infer/predict.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/floats.h"
#include "engine/ops.h"
#include "engine/safetensors.h"
#include "model/file/model_file.h"

namespace cameo {
namespace {

constexpr int kMostAtOnce = 16;

/// One tensor of all faces, filled batch by batch.
struct Output {
  const char* name;
  Value value;
  std::vector<float> all;

  std::int64_t one() const { return value.shape().size() / value.shape().n; }
  TensorOut tensor(int n) const {
    const Shape s = value.shape();
    return {name, "F32", {n, s.h, s.w, s.c}, std::as_bytes(std::span(all))};
  }
};

}  // namespace

int predict(Exec& exec, const std::filesystem::path& model, const std::filesystem::path& in,
            const std::filesystem::path& out) {
  ParamStore params(exec);
  const Network network = load_network(SafetensorsFile(model_file(model)), params);
  const SafetensorsFile file(in);
  const std::vector<std::int64_t>& shape = file.entry("x").shape;
  constexpr std::int64_t kMost = 1'000'000;
  check(shape.size() == 4 && shape[0] > 0 && shape[0] < kMost && shape[1] == network.size &&
            shape[2] == network.size && shape[3] == 3,
        ErrorCode::Format, file.path().string(), ": tensor x must be [N,", network.size, ",",
        network.size, ",3] for this model");
  const auto faces = static_cast<int>(shape[0]);
  const int batch = std::min(faces, kMostAtOnce);

  Graph graph(exec, params, Mode::Inference);
  const Value face = graph.input({batch, network.size, network.size, 3});
  const Value features = network.encode(params, face).features;
  const auto image = [&](Side side) {
    // As in a conversion: what A's decoder renders is read as a face of B.
    const Value read = network.sided && side == Side::A
                           ? network.encode(params, face, Side::B).features
                           : features;
    return sigmoid(network.decode(params, read, side).image);
  };
  std::array<Output, 3> outputs{
      {{"z", features, {}}, {"y_a", image(Side::A), {}}, {"y_b", image(Side::B), {}}}};
  graph.plan({outputs[0].value, outputs[1].value, outputs[2].value});

  const std::size_t one = static_cast<std::size_t>(network.size) * network.size * 3;
  std::vector<float> x(one * static_cast<std::size_t>(faces));
  file.read("x", "F32", std::as_writable_bytes(std::span(x)));
  for (Output& output : outputs) output.all.resize(static_cast<std::size_t>(output.one() * faces));
  for (int at = 0; at < faces; at += batch) {
    // The last batch is filled with faces that were rendered already.
    const int from = std::min(at, faces - batch);
    const auto begin = static_cast<std::size_t>(from);
    write_floats(exec, graph.value(face), x.data() + begin * one);
    graph.forward();
    for (Output& output : outputs)
      read_floats(exec, graph.value(output.value),
                  output.all.data() + begin * static_cast<std::size_t>(output.one()));
  }
  std::vector<TensorOut> tensors;
  tensors.reserve(outputs.size());
  for (const Output& output : outputs) tensors.push_back(output.tensor(faces));
  write_safetensors(out, tensors, {{"format", "cameo"}, {"model", model.string()}});
  return faces;
}

}  // namespace cameo
