// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>

#include "engine/exec.h"
#include "tools/cli/flags.h"

namespace cameo {

/// What `--precision auto` is on a CPU.
enum class AutoPrecision : std::uint8_t {
  F32,     ///< float32: what is drawn is the same whatever a stopwatch says
  Faster,  ///< bfloat16 where it is faster by far, timed once a machine, else float32
};

/// Opens the device of --device in the precision of --precision, with the cache of algorithms
/// timed before; `log`, which must outlive it, gets its warnings. auto: GPU 0 if it can be used,
/// else the CPU after a message that says why, where `unasked` says what --precision auto is.
/// Throws Error: ErrorCode::Device if a GPU was named and cannot be used, ErrorCode::Usage for a
/// CPU that lacks the precision.
Exec open_device(const Common& common, Log& log, AutoPrecision unasked = AutoPrecision::F32);

}  // namespace cameo
