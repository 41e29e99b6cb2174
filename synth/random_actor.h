// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "synth/actor.h"

namespace cameo::synth {

/// An actor whose looks are random: the same for the same seed on every machine. Colours of skin,
/// hair and eyes go together; every measure lies within what the renderer draws soundly.
/// Its name is "random:SEED".
Actor random_actor(std::uint64_t seed);

}  // namespace cameo::synth
