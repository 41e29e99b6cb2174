// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace cameo {

/// The list of the files that a run wrote into a folder, kept in a hidden file there, so that a
/// later run that replaces them can remove those it did not write again, and nothing else.
class WrittenFiles {
 public:
  /// Takes up what an earlier run listed; writes nothing yet. key: text that changes with what is
  /// written; a run of the same key that was killed is gone on with. Empty: nothing is.
  explicit WrittenFiles(std::filesystem::path folder, const std::string& key = {});

  /// Indices of the frames that the killed run wrote and whose files are still what they were.
  const std::set<std::int64_t>& done() const { return done_; }

  /// Lists a file that was just written, at once: a run that is killed leaves a list, too. index:
  /// of its frame in the input; -1 for none.
  void add(const std::string& name, std::int64_t index = -1);

  /// Removes the earlier run's files that this one did not write, except those that have changed
  /// since, and ends the list of the earlier run.
  void remove_earlier();

 private:
  std::filesystem::path folder_;
  void read();

  std::string run_;  ///< line that begins the run; empty without a key
  bool goes_on_ = false;
  std::set<std::int64_t> done_;
  std::map<std::string, std::string> earlier_, written_;  ///< source_fingerprint by name
  std::ofstream list_;
};

/// Whether a run with this key into the folder, or with any key if it is empty, was killed.
bool was_killed(const std::filesystem::path& folder, const std::string& key = {});

}  // namespace cameo
