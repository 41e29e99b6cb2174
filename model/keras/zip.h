// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

namespace cameo {

/// One entry of a zip archive, unpacked into a temporary file whose name goes away with this
/// object; who has it open keeps it.
class Unpacked {
 public:
  /// Throws Error: ErrorCode::Format if the archive is damaged or has no such entry, or one of more
  /// than 8 GiB; ErrorCode::Input if there is no room for it.
  Unpacked(const std::filesystem::path& archive, const std::string& entry);
  ~Unpacked();
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cameo
