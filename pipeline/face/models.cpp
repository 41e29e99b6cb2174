// SPDX-License-Identifier: MIT
#include "pipeline/face/models.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string>

#include "base/error.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPackage = "face_recognition_models 0.3.0 (PyPI)";
constexpr std::string_view kPublic = "public domain (CC0)";
constexpr std::array<ModelFile, 3> kFiles = {{
    {kLandmarks68, 99693937, "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
     "68 landmarks", "trained on iBUG 300-W: not for commercial use",
     "libdlib-data (Debian); face_recognition_models 0.3.0 (PyPI)"},
    {kDescriptorNet, 22466066, "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
     "identity: the filter, evaluation", kPublic, kPackage},
    {kCnnDetector, 729940, "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
     "detector cnn", kPublic, kPackage},
}};

const ModelFile& entry_of(std::string_view name) {
  const auto* at = std::find_if(kFiles.begin(), kFiles.end(),
                                [&](const ModelFile& file) { return file.name == name; });
  check(at != kFiles.end(), name, ": not in the list of model files");
  return *at;
}

ModelFolders with_usual(const ModelFolders& folders) {
  ModelFolders all = folders;
  all.emplace_back("/usr/share/dlib");
  return all;
}

void verify(const fs::path& file, const ModelFile& entry) {
  static std::mutex mutex;
  static std::set<fs::path> verified;
  const std::lock_guard lock(mutex);
  if (verified.contains(file)) return;
  const std::uintmax_t bytes = fs::file_size(file);
  check(bytes == entry.bytes, ErrorCode::Format, file.string(), ": ", bytes, " bytes instead of ",
        entry.bytes, "; fetch it again (weights/fetch.sh)");
  const std::string sum = sha256_of_file(file);
  check(sum == entry.sha256, ErrorCode::Format, file.string(), ": sha256 ", sum, " instead of ",
        entry.sha256, "; fetch it again (weights/fetch.sh)");
  verified.insert(file);
}

}  // namespace

std::span<const ModelFile> model_files() {
  return kFiles;
}

std::optional<fs::path> locate_model(std::string_view name, const ModelFolders& folders) {
  for (const auto& folder : with_usual(folders)) {
    std::error_code error;
    if (fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

fs::path find_model(std::string_view name, const ModelFolders& folders) {
  const ModelFile& entry = entry_of(name);
  const auto file = locate_model(name, folders);
  if (file) {
    verify(*file, entry);
    return *file;
  }
  std::string searched;
  for (const auto& folder : with_usual(folders))
    searched += (searched.empty() ? "" : ", ") + folder.string();
  fail(ErrorCode::Input, name, ": not found (", entry.purpose, "; ", entry.bytes, " bytes, sha256 ",
       entry.sha256, "); searched ", searched, "; weights/fetch.sh gets it, from ", entry.origin);
}

}  // namespace cameo
