// SPDX-License-Identifier: MIT
#pragma once
#include "base/error.h"

namespace cameo {

/// Exit status of a command. A run that was interrupted and has saved ends with 128 + signal.
enum class Exit {
  Ok = 0,
  Failed = 1,
  Usage = 2,
  Input = 3,
  NoFace = 4,
  Device = 5,
  Format = 6,
  Partial = 7,   ///< some items failed; they are listed on stderr
  Unmarked = 8,  ///< of verify: a file is not marked as synthetic, or its signature does not fit
};

/// Exit status for an Error.
inline Exit exit_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::Usage:
      return Exit::Usage;
    case ErrorCode::Input:
      return Exit::Input;
    case ErrorCode::NoFace:
      return Exit::NoFace;
    case ErrorCode::Device:
      return Exit::Device;
    case ErrorCode::Format:
      return Exit::Format;
    case ErrorCode::Failed:
      break;
  }
  return Exit::Failed;
}

}  // namespace cameo
