// SPDX-License-Identifier: MIT
#include "model/keras/zip.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unistd.h>
#include <utility>
#include <zip.h>

#include "base/error.h"

namespace cameo {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{8}
                                    << 30U;  // the article's model with its Adam: 2

/// A new file under a name of its own, which goes away with this object unless kept.
class Temporary {
 public:
  Temporary()
      : path_((std::filesystem::temp_directory_path() / "cameo-XXXXXX").string()),
        descriptor_(::mkstemp(path_.data())) {
    check(descriptor_ >= 0, ErrorCode::Input, path_,
          ": cannot make a file: ", std::strerror(errno));
  }
  ~Temporary() {
    ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  void write(const char* bytes, std::size_t count) const {
    while (count > 0) {
      const ssize_t done = ::write(descriptor_, bytes, count);
      if (done < 0 && errno == EINTR) continue;
      check(done > 0, ErrorCode::Input, path_, ": cannot be written: ", std::strerror(errno));
      bytes += done;
      count -= static_cast<std::size_t>(done);
    }
  }
  std::string keep() { return std::exchange(path_, {}); }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace

Unpacked::Unpacked(const std::filesystem::path& archive, const std::string& entry) {
  const std::string name = archive.string();
  int error = 0;
  const std::unique_ptr<zip_t, decltype(&zip_discard)> zip(
      zip_open(archive.c_str(), ZIP_RDONLY, &error), zip_discard);
  check(zip != nullptr, ErrorCode::Format, name, ": a damaged or truncated zip archive (error ",
        error, ")");
  zip_stat_t stat{};
  check(zip_stat(zip.get(), entry.c_str(), 0, &stat) == 0, ErrorCode::Format, name,
        ": a zip archive without ", entry, ": not a model that Keras saved");
  check((stat.valid & ZIP_STAT_SIZE) != 0 && stat.size <= kMaxBytes, ErrorCode::Format, name, ": ",
        entry, " claims to hold ", stat.size, " bytes, more than any model for this network");
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> in(
      zip_fopen(zip.get(), entry.c_str(), 0), zip_fclose);
  check(in != nullptr, ErrorCode::Format, name, ": ", entry,
        " cannot be unpacked: ", zip_strerror(zip.get()));
  Temporary to;
  std::array<char, 1U << 16U> block{};
  std::uint64_t left = stat.size;
  while (left > 0) {
    const zip_int64_t got = zip_fread(in.get(), block.data(), block.size());
    if (got <= 0 || static_cast<std::uint64_t>(got) > left) break;
    to.write(block.data(), static_cast<std::size_t>(got));
    left -= static_cast<std::uint64_t>(got);
  }
  // Reading past the end is what makes libzip compare the checksum.
  check(left == 0 && zip_fread(in.get(), block.data(), 1) == 0, ErrorCode::Format, name, ": ",
        entry, " is damaged: ", zip_file_strerror(in.get()));
  path_ = to.keep();
}

Unpacked::~Unpacked() {
  ::unlink(path_.c_str());
}

}  // namespace cameo
