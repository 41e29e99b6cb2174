// SPDX-License-Identifier: MIT
#include "model/net/graphs.h"

#include <array>
#include <string>
#include <vector>

#include "engine/ops.h"

namespace cameo {
namespace {

constexpr const char* kCycle = "cycle_";  // names of its losses begin so

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

std::string suffix_of(Side side) {
  return side == Side::A ? "a" : "b";
}

/// Adds the losses of an image, whose names begin with `prefix`, all times `weight`.
void add_image_losses(const ImageLoss& loss, const std::string& prefix, Side side, double weight,
                      Value logits, const Wanted& wanted, std::vector<Loss>& losses) {
  const auto add = [&](const char* name, Value value, double of) {
    losses.push_back({prefix + name + suffix_of(side), value, static_cast<float>(weight * of)});
  };
  add("", sigmoid_mae(logits, wanted.target, wanted.weights), 1);
  if (loss.dssim == 0 && loss.ms_ssim == 0) return;
  const Value image = sigmoid(logits);
  if (loss.dssim > 0) add("dssim_", dssim(image, wanted.target, 1, wanted.weights), loss.dssim);
  if (loss.ms_ssim > 0)
    add("ms_ssim_", ms_ssim(image, wanted.target, 1, wanted.weights), loss.ms_ssim);
}

/// Adds the losses of what a side's decoder renders.
void add_losses(const ImageLoss& loss, Side side, const Decoded& face, const Wanted& wanted,
                std::vector<Loss>& losses) {
  add_image_losses(loss, "", side, 1, face.image, wanted, losses);
  if (wanted.mask)
    losses.push_back({"mask_" + suffix_of(side), sigmoid_mse(*face.mask, *wanted.mask),
                      static_cast<float>(loss.mask)});
}

/// Gives a training graph with cycle consistency its leaves.
void add_matches(TrainingGraph& g, Value latent) {
  const int width = static_cast<int>(latent.shape().size() / latent.shape().n);
  for (std::optional<LatentMatch>* match : {&g.to_a, &g.to_b})
    *match = LatentMatch{g.graph.input({width, 1, 1, width}), g.graph.input({1, 1, 1, width})};
}

/// Logits of a side's faces that were rendered as the other person's and then as their own again.
/// Only the way back learns: to it, what the other decoder renders is given.
/// latent: of the faces.
/// Source: Zhu et al. 2017 (CycleGAN), Sennrich et al. 2016 (back-translation), Lample et al. 2018.
Value cycled(const TrainingGraph& g, ParamStore& params, const Network& network, Value latent,
             Side side) {
  const auto render = [&](Value from, Side as) {
    const LatentMatch& match = as == Side::A ? *g.to_a : *g.to_b;
    const Value matched = dense(from, match.weight, match.bias, {.h = 1, .w = 1});
    return network.decode(params, network.read_latent(params, matched), as).image;
  };
  const Value swapped = detach(sigmoid(render(latent, other(side))));
  return render(network.encode(params, swapped, other(side)).latent, side);
}

/// Adds the losses of B's image and its target before a discriminator.
void add_adversarial(const Adversary& adversary, Value logits, Value target,
                     std::vector<Loss>& losses) {
  const auto judge = [&](Value images, Trainable trainable, float label) {
    const auto judged = adversary.discriminator.judge(adversary.params, images, trainable);
    return add(bce_with_logits(judged.centre, label), bce_with_logits(judged.pixels, label));
  };
  const Value image = sigmoid(logits);
  losses.push_back({kAdversarialLosses[0], judge(image, Trainable::No, 1),
                    static_cast<float>(adversary.weight)});
  image.graph->set_stream(2);  // nothing waits for its gradients
  const DType type = adversary.params.type();
  const Value real = type == DType::F32 ? target : cast(target, type);
  losses.push_back(
      {kAdversarialLosses[1],
       scale(add(judge(real, Trainable::Yes, 1), judge(detach(image), Trainable::Yes, 0)), 0.5F)});
}

std::vector<Loss> build_joint(TrainingGraph& g, ParamStore& params, const Network& network,
                              const ImageLoss& loss, int batch) {
  add_leaves(g, network, loss, 2 * batch);
  const auto half = [&](Value of, Side side) {
    return slice(of, side == Side::A ? 0 : batch, batch);
  };
  // Both sides at once wherever the encoder does not ask whose faces they are.
  std::optional<Encoded> both;
  if (!network.sided) both = network.encode(params, g.face);
  const auto read = [&](Side side) {
    if (!both) return network.encode(params, half(g.face, side), side);
    return Encoded{half(both->latent, side), half(both->features, side)};
  };
  const std::array<Encoded, 2> encoded{read(Side::A), read(Side::B)};
  if (loss.cycle > 0) add_matches(g, encoded[0].latent);
  const auto half_if = [&](std::optional<Value> of, Side side) {
    return of ? std::optional(half(*of, side)) : std::nullopt;
  };
  std::vector<Loss> losses;
  for (const Side side : {Side::A, Side::B}) {
    if (side == Side::B) g.graph.set_stream(1);  // neither decoder fills a GPU
    const Wanted wanted{half(g.target, side), half_if(g.weights, side), half_if(g.mask, side)};
    const Encoded& face_read = encoded.at(side == Side::A ? 0 : 1);
    const Decoded face = network.decode(params, face_read.features, side);
    add_losses(loss, side, face, wanted, losses);
    if (loss.cycle > 0)
      add_image_losses(loss, kCycle, side, loss.cycle,
                       cycled(g, params, network, face_read.latent, side), wanted, losses);
    if (side == Side::B && loss.adversary != nullptr)
      add_adversarial(*loss.adversary, face.image, wanted.target, losses);
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
  const auto [latent, features] = network.encode(params, g->face, side);
  std::vector<Loss> losses;
  const Decoded face = network.decode(params, features, side);
  const Wanted wanted{g->target, g->weights, g->mask};
  add_losses(loss, side, face, wanted, losses);
  if (loss.cycle > 0) {
    add_matches(*g, latent);
    add_image_losses(loss, kCycle, side, loss.cycle, cycled(*g, params, network, latent, side),
                     wanted, losses);
  }
  if (side == Side::B && loss.adversary != nullptr)
    add_adversarial(*loss.adversary, face.image, g->target, losses);
  g->graph.plan(losses);
  return g;
}

std::unique_ptr<RenderGraph> render_graph(Exec& exec, ParamStore& params, const Network& network,
                                          int batch, Side side, Mode mode, Rendering what) {
  auto g = std::make_unique<RenderGraph>(exec, params, mode);
  g->face = g->graph.input({batch, network.size, network.size, kColours});
  const Side person = what == Rendering::Own ? side : other(side);
  const Value features = network.encode(params, g->face, person).features;
  const Decoded decoded = network.decode(params, features, side);
  g->image = sigmoid(decoded.image);
  std::vector<Value> outputs{g->image};
  if (decoded.mask) outputs.push_back(*(g->mask = sigmoid(*decoded.mask)));
  g->graph.plan(outputs);
  return g;
}

}  // namespace cameo
