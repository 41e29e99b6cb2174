// SPDX-License-Identifier: MIT
#include "pipeline/media/written_files.h"

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr const char* kList = ".cameo-written";

std::string line_of(const std::string& name, const std::string& id) {
  return id + ' ' + name + '\n';
}

std::string id_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return {};
  try {
    return source_fingerprint(file);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

WrittenFiles::WrittenFiles(fs::path folder) : folder_(std::move(folder)) {
  std::ifstream in(folder_ / kList, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const std::size_t space = line.find(' ');
    // Only plain names, so that none leads out of the folder.
    const std::string name = space == std::string::npos ? "" : line.substr(space + 1);
    if (!name.empty() && fs::path(name).filename() == name) earlier_[name] = line.substr(0, space);
  }
}

void WrittenFiles::add(const std::string& name) {
  if (name.find('\n') != std::string::npos) return;  // has no line of its own
  if (!list_.is_open()) list_.open(folder_ / kList, std::ios::binary | std::ios::app);
  const std::string id = id_of(folder_ / name);
  written_[name] = id;
  list_ << line_of(name, id) << std::flush;
}

void WrittenFiles::remove_earlier() {
  for (const auto& [name, id] : earlier_) {
    if (written_.contains(name) || id.empty() || id_of(folder_ / name) != id) continue;
    std::error_code ignored;  // one that stays is in the way of nothing
    fs::remove(folder_ / name, ignored);
  }
  list_.close();
  std::string text;
  for (const auto& [name, id] : written_) text += line_of(name, id);
  write_text(folder_ / kList, text);
}

}  // namespace cameo
