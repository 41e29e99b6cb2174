// SPDX-License-Identifier: MIT
#include "model/onnx/dfm.h"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/ops.h"
#include "model/file/model_file.h"
#include "model/net/layers.h"
#include "model/onnx/graph.h"

namespace cameo {
namespace {

constexpr const char* kFace = "in_face:0";

/// Tensors of a rendered face, NCHW.
struct Rendered {
  std::string image;
  std::optional<std::string> mask;
};

Rendered render(ParamStore& params, const Network& network, Side side, const std::string& face,
                OnnxModel& model) {
  Graph graph(params.exec(), params, Mode::Inference);  // never planned
  const Value in = graph.input({1, network.size, network.size, kColours});
  const Value features = network.encode(params, in, other(side)).features;
  const Decoded decoded = network.decode(params, features, side);
  std::vector<Value> outputs{sigmoid(decoded.image)};
  if (decoded.mask) outputs.push_back(sigmoid(*decoded.mask));
  const std::vector<std::string> names = write_graph(graph, in, face, outputs, model);
  Rendered rendered{names[0], {}};
  if (decoded.mask) rendered.mask = names[1];
  return rendered;
}

/// Ones [N,1,S,S], as many as there are faces.
std::string ones(const std::string& face, OnnxModel& model) {
  // 0 x + 1 of a channel of the face: the batch is free, and every runtime has these ops.
  const std::string first = model.constant("first", {0}), second = model.constant("second", {1}),
                    axis = model.constant("channels", {1});
  const std::string channel = model.node("Slice", {face, first, second, axis});
  const std::string zeros =
      model.node("Mul", {channel, model.constant("zero", OnnxModel::Extents{1}, {0.0F})});
  return model.node("Add", {zeros, model.constant("one", OnnxModel::Extents{1}, {1.0F})});
}

void add_metadata(const std::string& preset, const Network& network, const DfmOptions& options,
                  OnnxModel& model) {
  for (const auto& [key, value] : network_metadata(preset, network))
    model.metadata("cameo." + key, value);
  std::ostringstream coverage;
  coverage << static_cast<double>(network.coverage) / kFaceCoverage;
  model.metadata("cameo.swap", options.side == Side::B ? "B into A" : "A into B");
  model.metadata("cameo.match_latents", options.match_latents ? "yes" : "no");
  std::string consents;
  for (const std::string& hash : options.consents)
    consents += (consents.empty() ? "" : "; ") + hash;
  if (!consents.empty()) model.metadata("cameo.consent_sha256", consents);
  model.metadata("face_coverage", coverage.str());
  model.describe(
      "Face swap in DeepFaceLive's format. The face is turned and scaled by landmarks 17 to 67 of "
      "the 68, and its square is face_coverage times as wide as the unit square of their mean.");
}

}  // namespace

void export_dfm(const std::filesystem::path& model, const std::filesystem::path& file,
                const DfmOptions& options) {
  Exec exec = Cpu();
  const SafetensorsFile from(model_file(model));
  ParamStore params(exec), matched(exec);
  const Network network = load_network(from, params);
  const Network swapping =
      options.match_latents ? load_matched_network(from, matched, options.side) : network;
  const OnnxModel::Extents image{network.size, network.size, kColours};
  const OnnxModel::Extents mask{network.size, network.size, 1};
  OnnxModel onnx;
  onnx.input(kFace, image);
  const std::string face =
      onnx.node("Transpose", {kFace}, {{"perm", OnnxModel::Extents{0, 3, 1, 2}}});
  // The person in the frames has that person's latents, which nothing has moved.
  const Side other = options.side == Side::B ? Side::A : Side::B;
  const Rendered celeb =
      render(options.match_latents ? matched : params, swapping, options.side, face, onnx);
  // A head that never trained renders half of everything.
  const std::string celeb_mask =
      network.has_trained_mask(params, options.side) ? celeb.mask.value() : ones(face, onnx);
  const std::string face_mask = network.has_trained_mask(params, other)
                                    ? render(params, network, other, face, onnx).mask.value()
                                    : ones(face, onnx);
  const auto add_output = [&](const char* name, const OnnxModel::Extents& extents,
                              const std::string& tensor) {
    onnx.output(name, extents,
                onnx.node("Transpose", {tensor}, {{"perm", OnnxModel::Extents{0, 2, 3, 1}}}));
  };
  add_output("out_face_mask:0", mask, face_mask);
  add_output("out_celeb_face:0", image, celeb.image);
  add_output("out_celeb_face_mask:0", mask, celeb_mask);
  add_metadata(read_model_info(from).preset, network, options, onnx);
  onnx.save(file);
}

}  // namespace cameo
