// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pipeline/convert.h"

namespace cameo {

/// The faces of a conversion's input, frame by frame: those of a faces file, and those detected in
/// frames that it does not name.
class ConvertFaces {
 public:
  /// Reads the faces file that the options name, or the one beside the input. One that was named
  /// must fit the input: throws Error (ErrorCode::Input); the one beside it is passed over with a
  /// note if it does not.
  ConvertFaces(const ConvertOptions& options, const ConvertWatch& watch);

  /// The faces file; empty: none.
  const std::filesystem::path& file() const { return file_; }

  /// Whether the file tells of a frame what the converter needs.
  bool knows(const std::string& frame) const { return frames_.contains(frame); }

  /// Takes what was detected in a frame.
  void add(FrameFaces frame);

  /// Smooths the landmarks of a video over `radius` frames on each side.
  void smooth(int radius);

  /// The faces of a frame; none if nothing is known of it.
  std::span<const Face> of(const std::string& frame) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, FrameFaces> frames_;
};

}  // namespace cameo
