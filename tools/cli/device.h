// SPDX-License-Identifier: MIT
#pragma once
#include "engine/exec.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Opens the device of --device in the precision of --precision, with the cache of algorithms
/// timed before. auto: GPU 0 if it can be used,
/// else the CPU after a message that says why. Throws Error: ErrorCode::Device if a GPU was named
/// and cannot be used, ErrorCode::Usage for the CPU with another precision than float32.
Exec open_device(const Common& common, Log& log);

}  // namespace cameo
