// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/face/faces_file.h"
#include "pipeline/media/source.h"

namespace cameo {

/// FrameFaces::file_id of a frame's image; empty for a video's frame or if the file has gone.
std::string file_id(const Frame& frame);

/// What a faces file tells of the images of an input that has changed since it was written.
struct ImageFaces {
  FacesFile known;                  ///< of images that are what they were, at their present index
  std::vector<FrameFaces> changed;  ///< of images whose file is another one now
  std::vector<FrameFaces> gone;     ///< of images that are no longer there
  std::size_t added = 0;            ///< images that the file does not tell of
};

/// Matches frames with images by Frame::name and FrameFaces::file_id, for which each image is
/// fingerprinted. Where the file has no file_id, as earlier releases wrote it, its source_id must
/// be the input's, else all of its images count as changed; one without source_id, too, is matched
/// by name alone. Unless the input is what it was, `known` is not complete, and images that could
/// not be read are forgotten, to be tried again. Throws Error (ErrorCode::Input) if the input
/// cannot be listed or read.
ImageFaces match_images(FacesFile file, const std::filesystem::path& input);

}  // namespace cameo
