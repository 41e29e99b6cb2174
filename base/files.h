// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cameo {

/// The bytes of a file. Throws Error (ErrorCode::Input) naming it if it cannot be read.
std::vector<unsigned char> read_bytes(const std::filesystem::path& file);

/// Atomically replaces `file` (AtomicFile): readers see the old file or the new one, never half of
/// it. Makes missing parent folders. Throws Error (ErrorCode::Input) if it cannot.
void write_bytes(const std::filesystem::path& file, std::span<const unsigned char> bytes);
/// The same with text.
void write_text(const std::filesystem::path& file, std::string_view text);

/// A hidden name beside `file` for its unfinished contents, unlike that of any other call or living
/// process, with the same extension for libraries that go by it. A long name is cut short, so that
/// every name the file system takes for `file` has one.
std::filesystem::path temporary_beside(const std::filesystem::path& file);
/// The same with a mark and an extension of the caller's: ".NAME<mark>PID-N<extension>".
std::filesystem::path temporary_beside(const std::filesystem::path& file, std::string_view mark,
                                       const std::string& extension);

/// A name that the file system takes with `room` more bytes behind it: `name` itself, or its
/// beginning and a hash of all of it.
std::string shortened_name(const std::string& name, std::size_t room);

/// A file's name for texts that must be UTF-8, as JSON is: bytes that are not become %XX.
std::string utf8_name(const std::filesystem::path& file);

/// Gives the finished `temporary` its final name. Throws Error (ErrorCode::Input).
void rename_into_place(const std::filesystem::path& temporary, const std::filesystem::path& file);

/// Whether the folder's mode lets nobody write. Its owner says so, and root, whom the system would
/// let write all the same, is to heed it too.
bool marked_read_only(const std::filesystem::path& folder);

/// Makes the folder and its parents. Throws Error (ErrorCode::Input) if that fails.
void make_folder(const std::filesystem::path& folder);

/// `path` made absolute, without `.`, `..` and a slash at the end, so that it has a last name.
std::filesystem::path tidy_path(const std::filesystem::path& path);

/// Whether `left` comes before `right` in natural order: runs of digits compare as numbers, other
/// bytes as unsigned ("face9" before "face10").
bool natural_less(std::string_view left, std::string_view right);

/// The suffix of a file's name in lower case, with its dot.
std::string lower_suffix(const std::filesystem::path& file);

/// The files of a folder, not of folders inside it, whose lower_suffix is one of `suffixes`, in
/// natural order of their names. Hidden ones are left out; a link that leads nowhere is listed, so
/// that reading it says so. Throws Error (ErrorCode::Input) if the folder cannot be listed to its
/// end.
std::vector<std::filesystem::path> list_files(const std::filesystem::path& folder,
                                              std::span<const std::string_view> suffixes);

}  // namespace cameo
