// SPDX-License-Identifier: MIT
#include "base/files.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/fnv1a.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_number(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && digit(text[n])) ++n;
  std::string_view number = text.substr(0, n);
  text.remove_prefix(n);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

constexpr std::size_t kMostName = 255, kMostExtension = 32;

/// At most `most` bytes of the text, cut between characters of UTF-8.
std::string cut_utf8(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

std::string hexadecimal(std::uint64_t value, unsigned digits) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (unsigned i = digits; i-- > 0;) text += kDigits[value >> (4 * i) & 15U];
  return text;
}

/// Bytes of the UTF-8 character that the text begins with; 0 if it begins with none. Overlong forms
/// and surrogates are none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xC0U) != 0x80U) return 0;
  const bool overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
  const bool outside = (lead == 0xED && at(1) >= 0xA0) || (lead == 0xF4 && at(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::vector<unsigned char> read_bytes(const fs::path& file) {
  std::error_code error;
  check(fs::exists(file, error), ErrorCode::Input, file.string(), ": no such file");
  check(!fs::is_directory(file, error), ErrorCode::Input, file.string(),
        ": is a folder, not a file");
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  check(in.good(), ErrorCode::Input, file.string(), ": cannot be opened: ", std::strerror(errno));
  const std::streamoff size = in.tellg();
  check(size >= 0, ErrorCode::Input, file.string(), ": its size cannot be told");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(size));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), size);
  check(in.gcount() == size, ErrorCode::Input, file.string(), ": only ", in.gcount(), " of ", size,
        " bytes could be read");
  return bytes;
}

fs::path temporary_beside(const fs::path& file) {
  return temporary_beside(file, ".part", file.extension().string());
}

fs::path temporary_beside(const fs::path& file, std::string_view mark,
                          const std::string& extension) {
  static std::atomic<unsigned> counter{0};
  const std::string unique =
      std::string(mark) + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  // Names end at 255 bytes nearly everywhere.
  const std::size_t taken = 1 + unique.size() + std::min(extension.size(), kMostExtension);
  const std::string name = extension.empty() ? file.filename().string() : file.stem().string();
  return file.parent_path() /
         ("." + cut_utf8(name, kMostName - taken) + unique + cut_utf8(extension, kMostExtension));
}

std::string shortened_name(const std::string& name, std::size_t room) {
  if (name.size() + room <= kMostName) return name;
  constexpr unsigned kHashDigits = 16;
  Fnv1a hash;
  hash.add(name);
  const std::size_t most = kMostName - std::min(kMostName, room + 1 + kHashDigits);
  return cut_utf8(name, most) + "-" + hexadecimal(hash.value(), kHashDigits);
}

std::string utf8_name(const fs::path& file) {
  const std::string name = file.filename().string();
  std::string text;
  for (std::string_view left = name; !left.empty();) {
    const std::size_t length = utf8_length(left);
    if (length > 0)
      text += left.substr(0, length);
    else
      text += "%" + hexadecimal(static_cast<unsigned char>(left.front()), 2);
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

void rename_into_place(const fs::path& temporary, const fs::path& file) {
  std::error_code error;
  fs::rename(temporary, file, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  fail(ErrorCode::Input, file.string(), ": cannot be written: ", error.message());
}

bool marked_read_only(const fs::path& folder) {
  std::error_code error;
  const fs::perms mode = fs::status(folder, error).permissions();
  constexpr fs::perms kWrite =
      fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  return !error && (mode & kWrite) == fs::perms::none;
}

void make_folder(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error && fs::is_directory(folder, error), ErrorCode::Input, folder.string(),
        ": this folder cannot be made", error ? ": " + error.message() : std::string());
}

void write_bytes(const fs::path& file, std::span<const unsigned char> bytes) {
  make_folder(file.parent_path());
  AtomicFile out(file, Durability::Cache);
  out.write(std::as_bytes(bytes));
  out.commit();
}

void write_text(const fs::path& file, std::string_view text) {
  write_bytes(file, {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

fs::path tidy_path(const fs::path& path) {
  fs::path full = fs::absolute(path).lexically_normal();
  if (!full.has_filename() && full.has_parent_path()) full = full.parent_path();
  return full;
}

bool natural_less(std::string_view left, std::string_view right) {
  std::string_view l = left;
  std::string_view r = right;
  while (!l.empty() && !r.empty()) {
    if (digit(l.front()) && digit(r.front())) {
      const std::string_view a = take_number(l);
      const std::string_view b = take_number(r);
      if (a.size() != b.size()) return a.size() < b.size();
      if (a != b) return a < b;
    } else if (l.front() != r.front()) {
      return static_cast<unsigned char>(l.front()) < static_cast<unsigned char>(r.front());
    } else {
      l.remove_prefix(1);
      r.remove_prefix(1);
    }
  }
  if (l.size() != r.size()) return l.size() < r.size();
  return left < right;  // 01 and 1: an order all the same
}

std::string lower_suffix(const fs::path& file) {
  std::string suffix = file.extension().string();
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix;
}

std::vector<fs::path> list_files(const fs::path& folder,
                                 std::span<const std::string_view> suffixes) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& file = entries->path();
    std::error_code unknown;
    const fs::file_type type = entries->status(unknown).type();
    // A link that leads nowhere, or to itself: reading it says so.
    const bool is_broken = type == fs::file_type::not_found || type == fs::file_type::none;
    const bool is_file = type == fs::file_type::regular || is_broken;
    const bool wanted =
        std::find(suffixes.begin(), suffixes.end(), lower_suffix(file)) != suffixes.end();
    if (is_file && wanted && !file.filename().string().starts_with('.')) files.push_back(file);
  }
  check(!error, ErrorCode::Input, folder.string(), ": cannot be listed: ", error.message());
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return files;
}

}  // namespace cameo
