// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace cameo {

/// SHA-256 of bytes fed in any number of parts. Source: FIPS 180-4.
class Sha256 {
 public:
  /// Takes the next bytes.
  void update(std::span<const unsigned char> bytes);
  void update(std::string_view text);
  /// The digest in 64 lower-case hexadecimal digits. The object takes nothing more afterwards.
  std::string hex();

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> waiting_{};
  std::size_t waiting_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

/// The digest of a file's bytes, read in parts. Throws Error (ErrorCode::Input) if it cannot be
/// read.
std::string sha256_of_file(const std::filesystem::path& file);

/// What tells one input from another: the digest of a file's bytes; for a folder, of the names and
/// sizes of its images in order. Throws Error (ErrorCode::Input).
std::string source_sha256(const std::filesystem::path& input);

}  // namespace cameo
