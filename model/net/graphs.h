// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "engine/graph.h"
#include "model/net/discriminator.h"
#include "model/net/network.h"

namespace cameo {

/// A discriminator that B's rendered images are to be taken for real by, and that learns at the
/// same time to tell them from their targets. Of A nothing is drawn into frames.
struct Adversary {
  Discriminator discriminator;
  ParamStore& params;  ///< of the discriminator
  double weight = 0;   ///< of the loss of images that are not taken for real
};

/// What a side's image is compared by: mean absolute error, and what stands here.
struct ImageLoss {
  double dssim = 0;                      ///< weight of structural dissimilarity; 0: none
  double ms_ssim = 0;                    ///< of multi-scale structural dissimilarity; 0: none
  bool weighted = false;                 ///< whether pixels have weights of their own in both
  double cycle = 0;                      ///< weight of cycle consistency; 0: none
  double mask = 0;                       ///< weight of the mask head's mean squared error; 0: none
  const Adversary* adversary = nullptr;  ///< nullptr: none
};

/// Names of the losses that an adversary adds, in their order and behind all others: of the images,
/// and of the discriminator, each the sum of the cross-entropies of its two maps of logits.
constexpr std::array<const char*, 2> kAdversarialLosses{"gan_b", "discriminator"};

/// Leaves of a training graph with cycle consistency: what takes a latent of one side for one of
/// the other, z -> weight z + bias.
struct LatentMatch {
  Value weight;  ///< [L,1,1,L]
  Value bias;    ///< [1,1,1,L]
};

/// A training graph with its leaves. Joint: one graph trains both sides on a batch of 2N, the
/// encoder runs once. Alternate: one side on a batch of N. Its losses are called "a" and "b", the
/// mean absolute errors, and "dssim_a", "dssim_b", "ms_ssim_a", "ms_ssim_b", "mask_a", "mask_b",
/// "cycle_a", "cycle_b" (with the dissimilarities weighted as in a side's own); kAdversarialLosses.
struct TrainingGraph {
  TrainingGraph(Exec& exec, ParamStore& params) : graph(exec, params) {}
  Graph graph;
  Value face;    ///< joint [2N,S,S,3]: A's N warped faces, then B's; alternate [N,S,S,3]
  Value target;  ///< the same shape: what the decoders should render
  /// The same shape with one channel, float32, as kernels::augment_masks() has them: of the losses'
  /// pixels where they are weighted, and the masks where a mask head learns.
  std::optional<Value> weights, mask;
  std::optional<LatentMatch> to_a, to_b;  ///< with cycle consistency: from the other side's latents
};

/// Builds and plans the joint graph for `batch` faces of each side. params: the network's.
std::unique_ptr<TrainingGraph> joint_graph(Exec& exec, ParamStore& params, const Network& network,
                                           const ImageLoss& loss, int batch);
/// What its plan would allocate, without allocating it; params need not be allocated either.
GraphMemory joint_memory(Exec& exec, ParamStore& params, const Network& network,
                         const ImageLoss& loss, int batch);
/// Builds and plans the graph of one side for `batch` faces.
std::unique_ptr<TrainingGraph> side_graph(Exec& exec, ParamStore& params, const Network& network,
                                          const ImageLoss& loss, int batch, Side side);

/// Whose faces a graph renders with a side's decoder.
enum class Rendering {
  Swap,  ///< the other person's, as a conversion does
  Own,   ///< the decoder's own person's
};

/// A graph that renders faces with one decoder: face [N,S,S,3] -> image [N,S,S,3] in 0..1, and
/// mask [N,S,S,1] in 0..1 where the network has a mask head.
struct RenderGraph {
  RenderGraph(Exec& exec, ParamStore& params, Mode mode) : graph(exec, params, mode) {}
  Graph graph;
  Value face, image;
  std::optional<Value> mask;
};

/// mode: Inference if the weights stay as they are, Training if they change between runs (preview).
std::unique_ptr<RenderGraph> render_graph(Exec& exec, ParamStore& params, const Network& network,
                                          int batch, Side side, Mode mode,
                                          Rendering what = Rendering::Swap);

}  // namespace cameo
