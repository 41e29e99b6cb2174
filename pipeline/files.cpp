// SPDX-License-Identifier: MIT
#include "pipeline/files.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <unistd.h>

#include "kernels/check.h"

namespace cameo {
namespace fs = std::filesystem;

std::vector<unsigned char> read_bytes(const fs::path& file) {
  std::error_code error;
  check(fs::exists(file, error), Fault::Input, file.string(), ": no such file");
  check(!fs::is_directory(file, error), Fault::Input, file.string(), ": is a folder, not a file");
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  check(in.good(), Fault::Input, file.string(), ": cannot be opened: ", std::strerror(errno));
  const std::streamoff size = in.tellg();
  check(size >= 0, Fault::Input, file.string(), ": its size cannot be told");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(size));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(bytes.data()), size);
  check(in.gcount() == size, Fault::Input, file.string(), ": only ", in.gcount(), " of ", size,
        " bytes could be read");
  return bytes;
}

fs::path temporary_beside(const fs::path& file) {
  static std::atomic<unsigned> counter{0};
  const std::string mark = std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return file.parent_path() /
         ("." + file.stem().string() + ".part" + mark + file.extension().string());
}

void rename_into_place(const fs::path& temporary, const fs::path& file) {
  std::error_code error;
  fs::rename(temporary, file, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  fail(Fault::Input, file.string(), ": cannot be written: ", error.message());
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
  check(!error && fs::is_directory(folder, error), Fault::Input, folder.string(),
        ": this folder cannot be made", error ? ": " + error.message() : std::string());
}

void write_bytes(const fs::path& file, std::span<const unsigned char> bytes) {
  make_folder(file.parent_path());
  const fs::path temporary = temporary_beside(file);
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  check(out.good(), Fault::Input, file.string(), ": cannot be written: ", std::strerror(errno));
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out.good()) {
    const std::string why = std::strerror(errno);
    std::error_code ignored;
    fs::remove(temporary, ignored);
    fail(Fault::Input, file.string(), ": cannot be written: ", why);
  }
  rename_into_place(temporary, file);
}

fs::path tidy_path(const fs::path& path) {
  fs::path full = fs::absolute(path).lexically_normal();
  if (!full.has_filename() && full.has_parent_path()) full = full.parent_path();
  return full;
}

}  // namespace cameo
