// SPDX-License-Identifier: MIT
#pragma once
#include "kernels/check.h"

namespace cameo {

/// What a command's exit status says. An interrupted run that has saved ends with 128 + signal.
enum class Exit {
  Ok = 0,
  Failed = 1,
  Usage = 2,
  Input = 3,
  NoFace = 4,
  Device = 5,
  Format = 6,
  Partial = 7,  ///< some items failed; they are listed on stderr
};

/// The exit status for a fault of the library.
inline Exit exit_for(Fault fault) {
  switch (fault) {
    case Fault::Usage:
      return Exit::Usage;
    case Fault::Input:
      return Exit::Input;
    case Fault::NoFace:
      return Exit::NoFace;
    case Fault::Device:
      return Exit::Device;
    case Fault::Format:
      return Exit::Format;
    case Fault::Failed:
      break;
  }
  return Exit::Failed;
}

}  // namespace cameo
