// SPDX-License-Identifier: MIT
#include "pipeline/face/crop_files.h"

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

bool holds(const fs::path& file, const std::vector<unsigned char>& bytes) {
  std::error_code error;
  return fs::file_size(file, error) == bytes.size() && !error && read_bytes(file) == bytes;
}

}  // namespace

bool CropFiles::free(const std::string& name, const std::vector<unsigned char>& bytes) const {
  if (used_.contains(name)) return false;
  const fs::path file = folder_ / name;
  return replaced_.contains(name) || !fs::exists(file) || holds(file, bytes);
}

void CropFiles::replace(const std::string& name) {
  remove(name);
  replaced_.insert(name);
}

void CropFiles::remove(const std::string& name) const {
  std::error_code ignored;  // one that stays is in the way of nothing
  if (!used_.contains(name)) fs::remove(folder_ / name, ignored);
}

std::vector<std::string> CropFiles::write(const std::string& stem,
                                          std::span<const std::vector<unsigned char>> faces) {
  constexpr std::size_t kRoom = 24;  // for "-2", "_0.png" and more digits
  const std::string base = shortened_name(stem, kRoom);
  std::vector<std::string> names(faces.size());
  for (int attempt = 1;; ++attempt) {
    const std::string first = attempt == 1 ? base : base + "-" + std::to_string(attempt);
    bool all_free = true;
    for (std::size_t k = 0; k < faces.size(); ++k) {
      names[k] = first + "_" + std::to_string(k) + ".png";
      all_free = all_free && free(names[k], faces[k]);
    }
    if (all_free) break;
  }
  // Made anew, it would lack all that was written before.
  check(used_.empty() || fs::is_directory(folder_), ErrorCode::Input, folder_.string(),
        ": this folder was taken away while faces were written to it");
  std::size_t k = 0;
  try {
    for (; k < faces.size(); ++k) {
      const fs::path file = folder_ / names[k];
      if (!fs::exists(file) || !holds(file, faces[k])) write_bytes(file, faces[k]);
    }
  } catch (...) {
    while (k > 0) remove(names[--k]);
    throw;
  }
  used_.insert(names.begin(), names.end());
  return names;
}

}  // namespace cameo
