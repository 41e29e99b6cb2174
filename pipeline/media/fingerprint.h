// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace cameo {

/// SHA-256 of a file's bytes in 64 lower-case hexadecimal digits. Throws Error (ErrorCode::Input)
/// if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);

/// SHA-256 of a text, written the same way.
std::string sha256_of_text(std::string_view text);

/// SHA-256 of a file's bytes; of a folder that of the names and sizes of its images, in order.
/// Throws Error (ErrorCode::Input).
std::string source_sha256(const std::filesystem::path& input);

/// Fingerprint that tells one input from another and reads 3 MiB of it at most: "SIZE-" and the
/// SHA-256 of the first, the middle and the last MiB of a file; of a folder source_sha256. The time
/// of the last change is no part of it, so that a copy of an input is that input.
/// Throws Error (ErrorCode::Input).
std::string source_fingerprint(const std::filesystem::path& input);

/// Whether `id` is the input's: its fingerprint or, as earlier releases stored it, its whole
/// SHA-256, for which all of it is read. Throws Error (ErrorCode::Input).
bool is_source(std::string_view id, const std::filesystem::path& input);

/// source_fingerprint of each image of a folder, or of one image, by its Frame::name: tells which
/// images of an input are those that were there before. Images that cannot be read are left out.
/// Throws Error (ErrorCode::Input) if the folder cannot be listed.
std::map<std::string, std::string> image_fingerprints(const std::filesystem::path& input);

}  // namespace cameo
