// SPDX-License-Identifier: MIT
#pragma once
#include <optional>
#include <string>

#include "pipeline/compose/converter.h"
#include "tools/cli/flags.h"

namespace cameo {

/// The options of putting a drawn face into a frame, which conversion and preview share.
class ComposeFlags {
 public:
  explicit ComposeFlags(ComposeOptions& options) : options_(&options) {}
  /// Adds them to a command; they set the options once they are parsed.
  void add_to(Flags& flags);

 private:
  ComposeOptions* options_;
  std::string mask_ = "auto";
  std::optional<double> feather_;
};

}  // namespace cameo
