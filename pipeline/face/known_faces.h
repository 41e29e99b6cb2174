// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "pipeline/face/faces_file.h"
#include "pipeline/media/source.h"

namespace cameo {

/// Faces that a faces file tells of an input's frames, whatever input it was made from: frames are
/// matched by name.
class KnownFaces {
 public:
  /// Throws Error: as read_faces does; ErrorCode::Input if no frame of the input is in the file, or
  /// its frames are of another size.
  KnownFaces(const std::filesystem::path& file, const std::filesystem::path& input);

  bool contains(const std::string& frame) const { return frames_.contains(frame); }
  /// The frame's faces, without the names of their crops; none if it is not in the file.
  FrameFaces of(const Frame& frame) const;

 private:
  std::map<std::string, FrameFaces> frames_;
};

}  // namespace cameo
