// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/exec.h"
#include "engine/params.h"
#include "model/data/face_set.h"
#include "model/net/presets.h"

namespace cameo {

/// How one person's faces lie in the encoder's code: mean and standard deviation of each number.
struct LatentStats {
  std::vector<float> mean, deviation;
  explicit operator bool() const { return !mean.empty(); }
};

/// Measures them over the faces as they are, at most 256 of them, evenly spread over the set.
/// params: of the preset, with its weights.
LatentStats measure_latents(Exec& exec, ParamStore& params, const Preset& preset,
                            const FaceReader& faces);

/// Makes the encoder take one person for another: each number of the code is moved and stretched
/// from the moments `from` to the moments `to`, before the layers that read it. Nothing in training
/// asks two persons' codes to agree, so a decoder that reads another person's code sees, say, a
/// lighter skin as a brighter light; moving the means mends the most of it. It holds only where
/// both show the same range of poses and expressions: the mean of a person who smiles is a smile.
/// It is done within encoder.dense2, whose weight and bias change; the network stays as it is.
/// Throws Error (ErrorCode::Format) if the moments do not fit the code.
/// Source: our own; the idea of matching moments between domains: Sun, Feng, Saenko 2016 (CORAL).
void match_latents(ParamStore& params, const LatentStats& from, const LatentStats& to);

}  // namespace cameo
