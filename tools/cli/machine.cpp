// SPDX-License-Identifier: MIT
#include "tools/cli/machine.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace cameo {
namespace {

namespace fs = std::filesystem;

/// The value of the first `key` in a file of lines "key : value".
std::string value_of(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto first = line.find_first_not_of(" \t", colon + 1);
    return first == std::string::npos ? "" : line.substr(first);
  }
  return {};
}

std::string distribution() {
  std::ifstream in("/etc/os-release");
  for (std::string line; std::getline(in, line);)
    if (line.rfind("PRETTY_NAME=\"", 0) == 0) return line.substr(13, line.size() - 14);
  return {};
}

std::int64_t kibibytes(std::string_view key) {
  return std::strtoll(value_of("/proc/meminfo", key).c_str(), nullptr, 10) * 1024;
}

std::int64_t number_in(const char* file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  return in >> number ? number : 0;
}

std::vector<std::string> instruction_sets() {
  constexpr std::array kRelevant{"sse4_2",   "avx",         "fma",         "avx2",
                                 "avx512f",  "avx512_vnni", "avx512_bf16", "avx_vnni",
                                 "amx_bf16", "asimd",       "sve",         "bf16"};
  std::string flags = value_of("/proc/cpuinfo", "flags");
  if (flags.empty()) flags = value_of("/proc/cpuinfo", "Features");
  std::istringstream words(flags);
  std::vector<std::string> found;
  for (std::string word; words >> word;)
    if (std::find(kRelevant.begin(), kRelevant.end(), word) != kRelevant.end())
      found.push_back(word);
  return found;
}

}  // namespace

Machine query_machine() {
  Machine machine;
  utsname name{};
  if (uname(&name) == 0) {
    machine.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
    const std::string named = distribution();
    if (!named.empty()) machine.system += ", " + named;
  }
  machine.cpu = value_of("/proc/cpuinfo", "model name");
  machine.cores = std::thread::hardware_concurrency();
  machine.isa = instruction_sets();
  machine.memory = kibibytes("MemTotal");
  machine.free_memory = kibibytes("MemAvailable");
  const std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::int64_t used = number_in("/sys/fs/cgroup/memory.current");
  if (limit > 0 && limit < machine.memory) {
    machine.memory = limit;
    machine.free_memory = std::min(machine.free_memory, limit - used);
  }
  return machine;
}

fs::path models_folder() {
  const auto folder = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  if (fs::path own = folder("CAMEO_MODELS"); !own.empty()) return own;
  if (const fs::path cache = folder("XDG_CACHE_HOME"); !cache.empty())
    return cache / "cameo" / "models";
  return folder("HOME") / ".cache" / "cameo" / "models";
}

std::vector<fs::path> base_folders() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return {};
  return {bin.parent_path() / "share" / "cameo",
          bin.parent_path().parent_path().parent_path() / "weights"};
}

bool is_writable(const fs::path& folder) {
  fs::path there = fs::absolute(folder);
  while (!fs::exists(there) && there != there.root_path()) there = there.parent_path();
  return fs::is_directory(there) && access(there.c_str(), W_OK | X_OK) == 0;
}

}  // namespace cameo
