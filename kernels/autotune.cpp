// SPDX-License-Identifier: MIT
#include "kernels/autotune.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <limits>
#include <system_error>

#include "base/atomic_file.h"
#include "base/error.h"

namespace cameo {
namespace {

constexpr const char* kHeader = "cameo algorithms 1";

/// One field of a line.
std::string field(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::map<std::string, std::string> read_entries(const std::filesystem::path& file) {
  std::map<std::string, std::string> entries;
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || line != kHeader) return entries;
  while (std::getline(in, line)) {
    const auto name = line.rfind('\t');
    // A line without its end was cut.
    if (name == std::string::npos || in.eof()) continue;
    entries[line.substr(0, name)] = line.substr(name + 1);
  }
  return entries;
}

void write_entries(const std::filesystem::path& file,
                   const std::map<std::string, std::string>& entries) {
  std::string text = std::string(kHeader) + '\n';
  for (const auto& [key, name] : entries) text.append(key).append("\t").append(name).append("\n");
  try {
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    AtomicFile out(file, Durability::Cache);
    out.write(text);
    out.commit();
  } catch (const Error&) {
    // The next run times them again.
  }
}

}  // namespace

AlgorithmCache::AlgorithmCache(std::filesystem::path file, std::string machine)
    : file_(std::move(file)), machine_(field(std::move(machine))), entries_(read_entries(file_)) {}

std::string AlgorithmCache::line_key(const std::string& key) const {
  return machine_ + '\t' + field(key);
}

std::optional<std::string> AlgorithmCache::find(const std::string& key) const {
  const auto at = entries_.find(line_key(key));
  return at == entries_.end() ? std::nullopt : std::optional(at->second);
}

void AlgorithmCache::note(const std::string& key, const std::string& name) {
  if (file_.empty()) return;
  entries_ = read_entries(file_);
  entries_[line_key(key)] = field(name);
  write_entries(file_, entries_);
}

void Autotuner::warn(const std::string& line) const {
  if (on_warning) on_warning(line);
}

std::optional<std::string> Autotuner::known(const std::string& key) const {
  const auto at = tuning.find(key);
  return at == tuning.end() ? cache.find(key) : std::optional(at->second);
}

void Autotuner::note(const std::string& key, const std::string& name, bool timed) {
  tuning[key] = name;
  if (timed) cache.note(key, name);
}

std::size_t pick_fastest(std::size_t count,
                         const std::function<double(std::size_t, double)>& time) {
  std::size_t best = count;
  double least = std::numeric_limits<double>::infinity();
  std::exception_ptr first;
  for (std::size_t i = 0; i < count; ++i) {
    try {
      const double spent = time(i, least);
      if (best == count || spent < least) {
        least = spent;
        best = i;
      }
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  }
  if (best == count) std::rethrow_exception(first);
  return best;
}

}  // namespace cameo
