// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace cameo {

/// The list of the files that a run wrote into a folder, kept in a hidden file there, so that a
/// later run that replaces them can remove those it did not write again, and nothing else.
class WrittenFiles {
 public:
  /// Takes up what an earlier run listed; writes nothing yet.
  explicit WrittenFiles(std::filesystem::path folder);

  /// Lists a file that was just written, at once: a run that is killed leaves a list, too.
  void add(const std::string& name);

  /// Removes the earlier run's files that this one did not write, except those that have changed
  /// since, and ends the list of the earlier run.
  void remove_earlier();

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string> earlier_, written_;  ///< source_fingerprint by name
  std::ofstream list_;
};

}  // namespace cameo
