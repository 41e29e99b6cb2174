// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cameo {

/// Pretrained model file of a third party: size, sum, purpose, licence and origin.
struct ModelFile {
  std::string_view name;
  std::uintmax_t bytes;
  std::string_view sha256;
  std::string_view purpose;
  std::string_view licence;
  std::string_view origin;
};

inline constexpr std::string_view kLandmarks68 = "shape_predictor_68_face_landmarks.dat";
inline constexpr std::string_view kDescriptorNet = "dlib_face_recognition_resnet_model_v1.dat";
inline constexpr std::string_view kCnnDetector = "mmod_human_face_detector.dat";

/// All files that Cameo can use; weights/manifest.txt lists the same.
std::span<const ModelFile> model_files();

/// Folders to search, in order. Debian's /usr/share/dlib is searched after them, always.
using ModelFolders = std::vector<std::filesystem::path>;

/// Path of the file, or nothing. Its contents are not checked.
std::optional<std::filesystem::path> locate_model(std::string_view name,
                                                  const ModelFolders& folders);

/// Path of the file, its size and sum checked (the sum once a process for each path).
/// Throws Error: ErrorCode::Input if it is nowhere, with the folders searched and how to get it;
/// ErrorCode::Format if a file of that name holds something else.
std::filesystem::path find_model(std::string_view name, const ModelFolders& folders);

}  // namespace cameo
