// SPDX-License-Identifier: MIT
#pragma once
#include "engine/exec.h"
#include "tools/cli/flags.h"

namespace cameo {

/// Opens what --device and --precision ask for. auto: GPU 0 if it can be used, else the CPU after a
/// line that says why. Throws Error: ErrorCode::Device if a GPU was asked for by name and cannot be
/// used, ErrorCode::Usage if the CPU shall compute in anything but float32.
Exec open_device(const Common& common, Log& log);

}  // namespace cameo
