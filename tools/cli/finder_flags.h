// SPDX-License-Identifier: MIT
#pragma once
#include <memory>
#include <optional>

#include "pipeline/convert.h"
#include "pipeline/face/finder.h"
#include "tools/cli/flags.h"

namespace cameo {

/// The options of finding faces that extraction and conversion share.
class FinderFlags {
 public:
  /// Adds them to a command.
  void add_to(Flags& flags);
  /// What was asked for, with the folders of model files.
  const FinderOptions& options() const { return options_; }
  /// Finds faces with these options. The models are loaded at the first frame, since a conversion
  /// that has a faces file needs none; what is odd about references goes to the log, which must
  /// outlive the result, as must this object.
  FindFaces lazily(Log& log);

 private:
  FinderOptions options_;
  std::optional<Finder> finder_;
};

}  // namespace cameo
