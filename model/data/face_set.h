// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/exec.h"
#include "kernels/augment.h"
#include "model/net/network.h"

namespace cameo {

/// The faces of one person, in host memory.
struct FaceSet {
  struct Skipped {
    std::filesystem::path file;
    std::string why;
  };
  int side = 256;                            ///< of every face, in pixels
  int stride = 1;                            ///< kernels::FaceBlock's
  std::vector<std::uint8_t> bytes;           ///< [count,side,side,3], BGR
  std::vector<std::filesystem::path> files;  ///< where each face is from
  std::vector<Skipped> skipped;              ///< images that could not be read

  int count() const { return static_cast<int>(files.size()); }
};

/// The side of the faces that a network is trained from: 256 pixels up to a network size of 128,
/// twice the network's size above it.
int face_side(const Network& network);

/// Reads the .png, .jpg, .jpeg, .jpe and .jfif files of the folders (not of folders inside them) in
/// natural order of names ("face9" before "face10"), on all threads. Images of another size are
/// resized, bilinear. One that cannot be read, an image of another format included, is listed in
/// `skipped` and does no other harm. Throws Error (ErrorCode::Input) if a folder is missing or
/// fewer than `at_least` faces can be read.
FaceSet load_faces(const std::vector<std::filesystem::path>& folders, int side, int at_least = 1);

/// Faces in device memory, as they are: `chosen` gives the number of each image of
/// out [N,S,S,3]. Throws Error if one is not in the block; on a GPU its image is NaN instead.
void read_chosen(Exec& exec, const kernels::FaceBlock& faces, std::span<const std::int32_t> chosen,
                 View out);

/// Faces that can be read by their numbers, wherever they lie.
struct FaceReader {
  int count = 0;
  /// Images of the chosen faces, as they are, into out [N,S,S,3] in device memory.
  std::function<void(std::span<const std::int32_t> chosen, View out)> read;
};

/// Of faces in device memory. exec must outlive it, and so must they.
FaceReader reader_of(Exec& exec, const kernels::FaceBlock& faces);

}  // namespace cameo
