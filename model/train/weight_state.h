// SPDX-License-Identifier: MIT
#pragma once
#include <vector>

#include "engine/optimizer.h"
#include "engine/params.h"

namespace cameo {

/// Weights as a part of training state: "weight.PARAMETER" for each. For those that are not a
/// checkpoint's own.
std::vector<StateTensor> save_weights(const ParamStore& params);
/// Replaces them by what save_weights() has yielded. Throws what `read` throws.
void load_saved_weights(ParamStore& params, const StateReader& read);

}  // namespace cameo
