// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "engine/graph.h"
#include "engine/params.h"
#include "model/net/presets.h"
#include "model/net/side.h"

namespace cameo {

/// Adds every parameter of the shared encoder and both decoders to `params`
/// ("encoder.down1.weight", "decoder_a.out.bias", ...), in forward order. Call params.allocate()
/// after it.
void add_parameters(ParamStore& params, const Preset& preset);

/// The code, from which the encoder's second half and the decoders draw all: x [N,S,S,3] with
/// S = preset.size -> [N,1,1,preset.code].
Value encode_latent(Value x, const Preset& preset);

/// The shared encoder. x [N,S,S,3] with S = preset.size -> [N,T,T,preset.up.back()], T = S/8 after
/// one upscale, S/4 after two.
Value encode(Value x, const Preset& preset);

/// One decoder without its last sigmoid: what encode() yields -> logits [N,S,S,3].
Value decode_logits(Value code, const Preset& preset, Side side);

/// The name of the encoder's upscale i, from 0: "encoder.up", which is all the article has,
/// "encoder.up2", "encoder.up3".
std::string encoder_up(std::size_t i);

/// The parameter names of a side begin with this: "decoder_a." or "decoder_b.".
const char* prefix(Side side);

/// A training graph with its leaves. Joint: one graph trains both sides on a batch of 2N, the
/// encoder runs once. Alternate: one side on a batch of N.
struct TrainingGraph {
  TrainingGraph(Exec& exec, ParamStore& params) : graph(exec, params) {}
  Graph graph;
  Value face;    ///< joint [2N,S,S,3]: A's N warped faces, then B's; alternate [N,S,S,3]
  Value target;  ///< the same shape: what the decoders should draw
  /// Mean absolute errors, one number each; graph == nullptr where the side is not trained.
  /// Structural dissimilarity is trained on but not told, so that figures of recipes can be
  /// compared.
  Value loss_a{}, loss_b{};
};

/// Builds and plans the joint graph for `batch` faces of each side.
std::unique_ptr<TrainingGraph> joint_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                           int batch);
/// Builds and plans the graph of one side for `batch` faces.
std::unique_ptr<TrainingGraph> side_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                          int batch, Side side);

/// A graph for drawing faces with one decoder: face [N,S,S,3] -> drawn [N,S,S,3] in 0..1.
struct DrawingGraph {
  DrawingGraph(Exec& exec, ParamStore& params, Mode mode) : graph(exec, params, mode) {}
  Graph graph;
  Value face, drawn;
};

/// mode: Inference if the weights stay as they are, Training if they change between runs (preview).
std::unique_ptr<DrawingGraph> drawing_graph(Exec& exec, ParamStore& params, const Preset& preset,
                                            int batch, Side side, Mode mode);

}  // namespace cameo
