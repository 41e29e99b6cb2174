// SPDX-License-Identifier: MIT
#include "pipeline/media/written_files.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/fnv1a.h"
#include "pipeline/media/fingerprint.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr const char* kList = ".cameo-written";
constexpr const char* kRun = "#run ";
constexpr const char* kAt = "#at ";

std::string run_line(const std::string& key) {
  Fnv1a hash;
  hash.add(key);
  return kRun + std::to_string(hash.value());
}

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

WrittenFiles::WrittenFiles(fs::path folder, const std::string& key)
    : folder_(std::move(folder)), run_(key.empty() ? "" : run_line(key)) {
  read();
}

/// Lines of the file: "ID NAME" of a file; kRun and a key's hash before those of a run; kAt and the
/// index of its frame behind a file.
void WrittenFiles::read() {
  std::ifstream in(folder_ / kList, std::ios::binary);
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kRun)) {
      goes_on_ = !run_.empty() && line == run_;
      done_.clear();
      written_.clear();
      last.clear();
    } else if (line.starts_with(kAt)) {
      const bool intact = goes_on_ && !last.empty() && !earlier_[last].empty() &&
                          id_of(folder_ / last) == earlier_[last];
      if (!intact) continue;
      done_.insert(std::strtoll(line.c_str() + std::strlen(kAt), nullptr, 10));
      written_[last] = earlier_[last];
    } else {
      const std::size_t space = line.find(' ');
      // Only plain names, so that none leads out of the folder.
      last = space == std::string::npos ? "" : line.substr(space + 1);
      if (last.empty() || fs::path(last).filename() != last)
        last.clear();
      else
        earlier_[last] = line.substr(0, space);
    }
  }
}

void WrittenFiles::add(const std::string& name, std::int64_t index) {
  if (name.find('\n') != std::string::npos) return;  // has no line of its own
  if (!list_.is_open()) {
    list_.open(folder_ / kList, std::ios::binary | std::ios::app);
    if (!run_.empty() && !goes_on_) list_ << run_ << '\n';
  }
  const std::string id = id_of(folder_ / name);
  written_[name] = id;
  list_ << line_of(name, id);
  if (index >= 0 && !run_.empty()) list_ << kAt << index << '\n';
  list_ << std::flush;
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

bool was_killed(const fs::path& folder, const std::string& key) {
  std::ifstream in(folder / kList, std::ios::binary);
  std::string run;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(kRun)) run = line;
  return !run.empty() && (key.empty() || run == run_line(key));
}

}  // namespace cameo
