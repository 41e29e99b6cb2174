// SPDX-License-Identifier: MIT
#include "model/train/match_to_base.h"

namespace cameo {
namespace {

// Between people that bases of drawn actors know, 0.1 to 0.2, and persons in photographs, 0.7.
constexpr double kFar = 0.4;

}  // namespace

void match_to_base(Exec& exec, ParamStore& params, const Network& network, const LatentStats& known,
                   const PersonFaces& faces, const Ranks& ranks) {
  if (!known || !is_canonical(network)) return;
  Network first = without_canonical(network);
  for (const Side person : {Side::A, Side::B}) {
    const FaceReader& reader = person == Side::A ? faces.a : faces.b;
    const LatentStats own = ranks.mean(sample_latents(exec, params, first, reader, faces.mirrored));
    if (distance_of_means(own, known) < kFar) continue;
    first.latent_layer = canonical_latent_layer(person);
    match_latents(params, first, own, known);
  }
}

}  // namespace cameo
