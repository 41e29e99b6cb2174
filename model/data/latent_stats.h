// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/exec.h"
#include "engine/params.h"
#include "model/data/face_set.h"
#include "model/net/network.h"

namespace cameo {

/// Latents of one person's faces, one after another.
struct LatentSample {
  std::vector<float> values;  ///< [count, width]
  std::size_t width = 0;      ///< elements of a latent
  std::size_t count() const { return values.size() / width; }
};

/// Latents of at most 256 of the faces, evenly spread over the set, as they are and, where
/// `mirrored`, also mirrored: then a person whom most images show from the left has the mean of one
/// who is seen from the front. params: of the network, with its weights. person: whose faces.
LatentSample sample_latents(Exec& exec, ParamStore& params, const Network& network,
                            const FaceReader& faces, bool mirrored = false, Side person = Side::A);

/// Mean and standard deviation of each element of the latent, over one person's faces.
struct LatentStats {
  std::vector<float> mean, deviation;
  explicit operator bool() const { return !mean.empty(); }
};

LatentStats moments_of(const LatentSample& latents);

/// Mean squared distance of two means in deviations of `known`. Of people that a base of drawn
/// actors knows and has seen as many faces of, 0.1 to 0.2; of two persons in photographs 0.7.
/// Throws Error (ErrorCode::Format) unless both have the same number of elements.
double distance_of_means(const LatentStats& own, const LatentStats& known);

/// Moves each element of a latent from the moments `from` to the moments `to`: z -> stretch z +
/// shift. The stretch is between a quarter and four: the deviation of an element that hardly varies
/// is rounding. Throws Error (ErrorCode::Format) unless all have the same number of elements.
struct LatentMap {
  LatentMap(const LatentStats& from, const LatentStats& to);
  std::vector<float> stretch, shift;
};

/// Makes the encoder take one person for another: each element of the latent is moved and stretched
/// from the moments `from` to the moments `to`, before the layers that read it. Nothing in training
/// asks two persons' latents to agree, so a decoder that reads another person's latent sees, say, a
/// lighter skin as a brighter light; moving the means mends the most of it. It holds only where
/// both show the same range of poses and expressions: the mean of a person who smiles is a smile.
/// It changes weight and bias of Network::latent_layer, which is linear; the graph stays as it is.
/// Throws Error (ErrorCode::Format) if the moments do not fit the latent.
/// Source: our own; the idea of matching moments between domains: Sun, Feng, Saenko 2016 (CORAL).
void match_latents(ParamStore& params, const Network& network, const LatentStats& from,
                   const LatentStats& to);

}  // namespace cameo
