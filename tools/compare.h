// SPDX-License-Identifier: MIT
#pragma once
#include "model/train/replay.h"
#include "tools/cli/exit_codes.h"

namespace cameo {

/// Trains on another program's batches and prints where the losses are; `cameo compare`, and the
/// former `cameo train --batches`.
Exit compare_losses(Exec& exec, const BatchReplay& replay, bool json);

}  // namespace cameo
