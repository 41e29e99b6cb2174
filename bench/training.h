// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <string>

#include "model/net/presets.h"
#include "model/train/learner.h"

namespace cameo::bench {

/// A learner of a preset, joint, with initial weights, and made-up images in its batch: the same
/// for the same preset and batch. exec must outlive it.
std::unique_ptr<Learner> made_up_learner(Exec& exec, const Preset& preset, int batch);

/// A decoder of A's that draws faces, over the weights of `params`, with made-up faces.
std::unique_ptr<RenderGraph> made_up_drawing(Exec& exec, ParamStore& params, const Preset& preset,
                                             int batch);

}  // namespace cameo::bench
