// SPDX-License-Identifier: MIT
#pragma once
#include "model/data/face_set.h"
#include "model/data/latent_stats.h"
#include "model/net/network.h"
#include "model/train/ranks.h"

namespace cameo {

/// Both persons' faces.
struct PersonFaces {
  FaceReader a, b;
  bool mirrored = false;  ///< whether moments are taken of mirrored faces, too
};

/// Readies a new canonical network for two persons: where the mean of a person's latents is far
/// from the base's, `known`, the layer that reads them is made to take the person's moments for the
/// base's (match_latents). Does nothing where `known` is empty or the network is not canonical.
/// Throws Error (ErrorCode::Format) if the moments do not fit the latent.
void match_to_base(Exec& exec, ParamStore& params, const Network& network, const LatentStats& known,
                   const PersonFaces& faces, const Ranks& ranks);

}  // namespace cameo
