// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/params.h"
#include "kernels/face_crop.h"
#include "model/net/layers.h"
#include "model/net/side.h"

namespace cameo {

/// What an encoder yields.
struct Encoded {
  Value latent;    ///< the bottleneck [N,1,1,L]
  Value features;  ///< what decoders read
};

/// What a decoder yields.
struct Decoded {
  Value image;                  ///< logits [N,S,S,3]: an image before its sigmoid
  std::optional<Value> mask{};  ///< logits [N,S,S,1], where the network has a mask head
};

/// A network that renders faces of two persons: an encoder, and for each side a decoder. It is a
/// way to record layers, over any batch, and has no weights of its own: those are in a ParamStore.
/// All that depends on the side is in the decoder, so that both sides share one run of the encoder,
/// but where `sided` says otherwise.
struct Network {
  std::string kind;      ///< its topology's name in the registry
  std::string settings;  ///< of that topology, as text: what a model file stores
  int size = 0;          ///< side S of the square faces it reads and renders, in pixels
  /// Side of what it reads and renders of a face of kFaceSide, in pixels.
  int coverage = kFaceCoverage;
  Init init = Init::GlorotUniform;  ///< of the weights; biases start at zero. Not in a model file
  /// The dense layer that reads the latent, and alone does: the one that moments are matched in
  /// (model/data/latent_stats.h). Where sides have latents of their own, the one that both use.
  std::string latent_layer;
  /// A parameter belongs to both sides or to one, and its name says so: it begins with one of these
  /// prefixes. Those of a prefix are declared one after another. A side's is empty where it has
  /// nothing of its own.
  std::vector<std::string> shared_prefixes;
  std::string prefix_a, prefix_b;
  /// Those of the parameters up to the latent; shared_prefixes or longer.
  std::vector<std::string> encoder_prefixes;
  bool freeze_encoder = false;  ///< whether graphs leave those without gradients

  bool has_mask = false;  ///< whether decoders have a mask head, whose last layer is "mask2"
  bool sided = false;     ///< whether the encoder has layers for one person's faces

  std::function<Encoded(Layers&, Value face, Side person)> encoder;
  /// What `encoder` yields behind its latent; empty where sides have latents of their own.
  std::function<Value(Layers&, Value latent)> after_latent;
  std::function<Decoded(Layers&, Value features, Side)> decoder;

  /// Records the encoder: face [N,S,S,3]. person: whose faces; only a sided network asks.
  Encoded encode(ParamStore& params, Value face, Side person = Side::A) const;
  /// Records what follows a latent [N,1,1,L]. Throws Error (ErrorCode::Usage) where sides have
  /// latents of their own.
  Value read_latent(ParamStore& params, Value latent) const;
  /// Records a side's decoder.
  Decoded decode(ParamStore& params, Value features, Side side) const;
  /// Adds every parameter to the table, in forward order: encoder, decoder A, decoder B. Allocates
  /// nothing; call params.allocate() after it. Throws Error if a name has none of the prefixes, or
  /// two.
  void declare(ParamStore& params) const;
  /// Count of all parameters' elements.
  std::int64_t parameters() const;
  /// Whether a side's mask head has learned anything: biases start at zero.
  bool has_trained_mask(const ParamStore& params, Side side) const;
  /// Whether a parameter of that name is left as it is.
  bool is_frozen(const std::string& name) const;
  const std::string& prefix(Side side) const { return side == Side::A ? prefix_a : prefix_b; }
  bool operator==(const Network& other) const {
    return kind == other.kind && settings == other.settings;
  }
};

/// Prefixes of the parameters between a canonical encoder's two passes (df.cpp), and the layer
/// there that reads a person's first latent.
inline constexpr const char *kCanonicalPrefix = "canonical.", *kCanonicalInter = "canonical.inter.",
                            *kCanonicalDecoder = "canonical.decoder.";
constexpr const char* canonical_latent_layer(Side person) {
  return person == Side::A ? "canonical.inter.dense2_a" : "canonical.inter.dense2_b";
}

/// Whether a network reads faces by way of a base's target: canonical=1.
bool is_canonical(const Network& network);
/// The same network with canonical=1; itself if it has it, or is of a topology that has not.
Network canonical(const Network& network);
/// A canonical network without it: its latent is that of the first pass.
Network without_canonical(const Network& network);

/// Layers that limited() puts behind a latent: how far it is beyond a range, and the way back.
inline constexpr const char *kLatentExcess = "limit.excess", *kLatentBack = "limit.back";

/// The same network for inference, whose decoders read the latent z + back(ReLU(excess(z))): two
/// dense layers that limit it along `axes` axes (model/data/latent_range.h).
/// Throws Error (ErrorCode::Usage) where sides have latents of their own.
Network limited(const Network& network, int axes);

/// The network of a topology's name and settings, from the registry in network.cpp.
/// Throws Error (ErrorCode::Format) if there is no such topology, or the settings make none.
Network network(const std::string& kind, const std::string& settings);

}  // namespace cameo
