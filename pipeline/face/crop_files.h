// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace cameo {

/// Writes the faces of a run into one folder under names that nothing else has.
class CropFiles {
 public:
  explicit CropFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Names that an earlier run gave to faces that stay.
  void keep(const std::string& name) { used_.insert(name); }

  /// Removes a face of an earlier run that is being done again, unless this run has made it anew.
  /// Its name may be written to again, whatever now lies there.
  void replace(const std::string& name);

  /// Writes the encoded faces of one frame as `stem_k.png` and yields the names. If this run has
  /// used such a name, or a different file has it that is not to be replaced, the whole frame goes
  /// by `stem-2`, `stem-3`, ... A file that holds the very same bytes is taken as written. A stem
  /// that is too long for the file system is shortened by a hash. Throws
  /// Error (ErrorCode::Input) if one cannot be written, or the folder has gone since the first;
  /// then none of the frame's is left.
  std::vector<std::string> write(const std::string& stem,
                                 std::span<const std::vector<unsigned char>> faces);

 private:
  void remove(const std::string& name) const;
  bool free(const std::string& name, const std::vector<unsigned char>& bytes) const;

  std::filesystem::path folder_;
  std::set<std::string> used_, replaced_;
};

}  // namespace cameo
