// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace cameo::kernels {

/// What was found fastest on this machine, kept in one file from run to run: key -> name of the
/// way. A file that is missing, damaged or of another version counts as empty, and one that cannot
/// be written is left: all that is lost is time.
class PlanCache {
 public:
  /// In the file plans.json of `folder`; an empty path keeps nothing.
  explicit PlanCache(const std::filesystem::path& folder);
  std::optional<std::string> find(const std::string& key) const;
  /// Adds to what the file holds now, which others may have added to, and replaces it whole.
  void note(const std::string& key, const std::string& name);

 private:
  std::filesystem::path file_;
  std::map<std::string, std::string> plans_;
};

/// The way to take for `key`: that of `tuning`, else that of the cache, which then joins `tuning`.
std::optional<std::string> recall(std::map<std::string, std::string>& tuning,
                                  const PlanCache& cache, const std::string& key);

}  // namespace cameo::kernels
