// SPDX-License-Identifier: MIT
#include "model/net/graphs.h"

#include <string>
#include <vector>

#include "engine/ops.h"

namespace cameo {
namespace {

bool trains_mask(const Network& network, const ImageLoss& loss) {
  return network.has_mask && loss.mask > 0;
}

/// Gives a training graph its leaves, of `faces` faces.
void add_leaves(TrainingGraph& g, const Network& network, const ImageLoss& loss, int faces) {
  const Shape shape{faces, network.size, network.size, kColours};
  g.face = g.graph.input(shape);
  g.target = g.graph.input(shape, false, DType::F32);
  const Shape plane{faces, network.size, network.size, 1};
  if (loss.weighted) g.weights = g.graph.input(plane, false, DType::F32);
  if (trains_mask(network, loss)) g.mask = g.graph.input(plane, false, DType::F32);
}

/// What a side's decoder is to render.
struct Wanted {
  Value target;
  std::optional<Value> weights, mask;
};

/// Adds the losses of what a side's decoder renders.
void add_losses(const ImageLoss& loss, Side side, const Decoded& face, const Wanted& wanted,
                std::vector<Loss>& losses) {
  const std::string name = side == Side::A ? "a" : "b";
  losses.push_back({name, sigmoid_mae(face.image, wanted.target, wanted.weights)});
  if (loss.dssim > 0)
    losses.push_back({"dssim_" + name, dssim(sigmoid(face.image), wanted.target, 1, wanted.weights),
                      static_cast<float>(loss.dssim)});
  if (wanted.mask)
    losses.push_back(
        {"mask_" + name, sigmoid_mse(*face.mask, *wanted.mask), static_cast<float>(loss.mask)});
}

std::vector<Loss> build_joint(TrainingGraph& g, ParamStore& params, const Network& network,
                              const ImageLoss& loss, int batch) {
  add_leaves(g, network, loss, 2 * batch);
  const Value features = network.encode(params, g.face).features;
  const auto half = [&](Value of, Side side) {
    return slice(of, side == Side::A ? 0 : batch, batch);
  };
  const auto half_if = [&](std::optional<Value> of, Side side) {
    return of ? std::optional(half(*of, side)) : std::nullopt;
  };
  const Value of_a = half(features, Side::A), of_b = half(features, Side::B);
  std::vector<Loss> losses;
  for (const Side side : {Side::A, Side::B}) {
    if (side == Side::B) g.graph.set_stream(1);  // neither decoder fills a GPU
    const Wanted wanted{half(g.target, side), half_if(g.weights, side), half_if(g.mask, side)};
    const Decoded face = network.decode(params, side == Side::A ? of_a : of_b, side);
    add_losses(loss, side, face, wanted, losses);
  }
  return losses;
}

}  // namespace

std::unique_ptr<TrainingGraph> joint_graph(Exec& exec, ParamStore& params, const Network& network,
                                           const ImageLoss& loss, int batch) {
  auto g = std::make_unique<TrainingGraph>(exec, params);
  g->graph.plan(build_joint(*g, params, network, loss, batch));
  return g;
}

GraphMemory joint_memory(Exec& exec, ParamStore& params, const Network& network,
                         const ImageLoss& loss, int batch) {
  TrainingGraph g(exec, params);
  std::vector<Value> roots;
  for (const Loss& one : build_joint(g, params, network, loss, batch)) roots.push_back(one.value);
  return g.graph.plan_memory(roots);
}

std::unique_ptr<TrainingGraph> side_graph(Exec& exec, ParamStore& params, const Network& network,
                                          const ImageLoss& loss, int batch, Side side) {
  auto g = std::make_unique<TrainingGraph>(exec, params);
  add_leaves(*g, network, loss, batch);
  const Value features = network.encode(params, g->face).features;
  std::vector<Loss> losses;
  add_losses(loss, side, network.decode(params, features, side), {g->target, g->weights, g->mask},
             losses);
  g->graph.plan(losses);
  return g;
}

std::unique_ptr<RenderGraph> render_graph(Exec& exec, ParamStore& params, const Network& network,
                                          int batch, Side side, Mode mode) {
  auto g = std::make_unique<RenderGraph>(exec, params, mode);
  g->face = g->graph.input({batch, network.size, network.size, kColours});
  const Value features = network.encode(params, g->face).features;
  const Decoded decoded = network.decode(params, features, side);
  g->image = sigmoid(decoded.image);
  std::vector<Value> outputs{g->image};
  if (decoded.mask) outputs.push_back(*(g->mask = sigmoid(*decoded.mask)));
  g->graph.plan(outputs);
  return g;
}

}  // namespace cameo
