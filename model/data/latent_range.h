// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/params.h"
#include "model/data/latent_stats.h"

namespace cameo {

/// How far one person's latents reach along their principal axes, those of the largest variance.
struct LatentRange {
  std::vector<float> axes;       ///< [count, width], orthonormal, largest variance first
  std::vector<float> low, high;  ///< [count]: least and greatest of a latent's product with an axis
  explicit operator bool() const { return !low.empty(); }
};

/// Measures it over a sample, along a quarter as many axes as there are latents, at most half of
/// the width: the axes behind them are of what few faces happen to show, and limits there would
/// take expressions away that the person has. Axes without variance are left out.
LatentRange range_of(const LatentSample& latents);

/// What a model file keeps of one person's latents.
struct LatentSummary {
  LatentStats moments;
  LatentRange range;
};
LatentSummary summary_of(const LatentSample& latents);

/// Keeps the latents that a decoder reads within the range of its person's: one beyond it along an
/// axis is moved back to its end, so that what the person's faces never did becomes the nearest
/// that they did; read as it is, it would become a blotch. Writes the layers that limited()
/// (model/net/network.h) puts behind the latent. matched: what moves the latents of the faces that
/// are read to those of that person; the range counts behind it.
/// Throws Error (ErrorCode::Format) if the network has a latent of another width, or no such
/// layers for as many axes.
void limit_latents(ParamStore& params, const LatentRange& range, const LatentMap& matched);

}  // namespace cameo
