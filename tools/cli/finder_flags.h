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
  /// search() with these options, on all cores. The models are loaded when it is called, since a
  /// conversion that has a faces file needs none; what is odd about references goes to the log,
  /// which must outlive the result, as must this object.
  SearchFaces lazily(Log& log) const;
  /// The same for one frame at a time.
  std::function<FrameFaces(const Frame&)> in_frames(Log& log) const;

 private:
  FinderOptions options_;
};

}  // namespace cameo
