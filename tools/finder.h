// SPDX-License-Identifier: MIT
#pragma once
#include "pipeline/convert.h"
#include "pipeline/detect.h"
#include "tools/flags.h"

namespace cameo {

/// The options of finding faces that extraction and conversion share.
struct FinderFlags {
  DetectorOptions detector;

  void add_to(Flags& flags);
};

}  // namespace cameo
