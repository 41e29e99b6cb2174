// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

#include "pipeline/compose/converter.h"
#include "tools/cli/flags.h"
#include "tools/cli/log.h"

namespace cameo {

/// The options of putting a drawn face into a frame, which conversion and preview share.
class ComposeFlags {
 public:
  explicit ComposeFlags(ComposeOptions& options) : options_(&options) {}
  /// Adds them to a command; they set the options once they are parsed.
  void add_to(Flags& flags);

 private:
  ComposeOptions* options_;
  std::string mask_ = "facehullandrect";
};

/// Whether latents are matched without being asked to: if the model's last training mirrored faces.
/// Warns where they should be and cannot.
bool matches_by_default(const std::filesystem::path& model, Log& log);

}  // namespace cameo
