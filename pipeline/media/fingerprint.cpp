// SPDX-License-Identifier: MIT
#include "pipeline/media/fingerprint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <openssl/evp.h>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/media/image_format.h"

namespace cameo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSample = std::size_t{1} << 20;
constexpr int kSamples = 3;

struct ContextDeleter {
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};

/// SHA-256 of bytes that come in parts, by libcrypto.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
          "sha256: libcrypto does not start");
  }
  void update(const void* bytes, std::size_t count) {
    check(EVP_DigestUpdate(context_.get(), bytes, count) == 1, "sha256: libcrypto failed");
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned bytes = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &bytes) == 1,
          "sha256: libcrypto failed");
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < bytes; ++i) {
      text += kDigits[digest[i] >> 4U];
      text += kDigits[digest[i] & 15U];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
};

/// A file that is read in parts.
class Parts {
 public:
  explicit Parts(const fs::path& file) : file_(file), in_(file, std::ios::binary) {
    check(in_.good(), ErrorCode::Input, file.string(),
          ": cannot be opened: ", std::strerror(errno));
  }
  void seek(std::uintmax_t at) { in_.seekg(static_cast<std::streamoff>(at)); }
  /// Adds up to a sample of bytes to the sum; false at the end.
  bool add_to(Sha256& sum) {
    in_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    check(!in_.bad(), ErrorCode::Input, file_.string(), ": cannot be read: ", std::strerror(errno));
    sum.update(bytes_.data(), static_cast<std::size_t>(in_.gcount()));
    return in_.good();
  }

 private:
  const fs::path& file_;
  std::ifstream in_;
  std::vector<char> bytes_ = std::vector<char>(kSample);
};

std::string sha256_of_folder(const fs::path& folder) {
  Sha256 sum;
  for (const auto& file : list_images(folder)) {
    std::error_code gone;
    const std::uintmax_t size = fs::file_size(file, gone);
    const std::string line =
        file.filename().string() + '\0' + std::to_string(gone ? 0 : size) + '\n';
    sum.update(line.data(), line.size());
  }
  return sum.hex();
}

}  // namespace

std::string sha256_of_text(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return hash.hex();
}

std::string sha256_of_file(const fs::path& file) {
  Sha256 sum;
  Parts parts(file);
  while (parts.add_to(sum)) {
  }
  return sum.hex();
}

std::string source_sha256(const fs::path& input) {
  return fs::is_directory(input) ? sha256_of_folder(input) : sha256_of_file(input);
}

std::string source_fingerprint(const fs::path& input) {
  if (fs::is_directory(input)) return sha256_of_folder(input);
  std::error_code error;
  check(!fs::exists(input, error) || fs::is_regular_file(input, error), ErrorCode::Input,
        input.string(), ": is a pipe or device, not a file; save it as one first");
  const std::uintmax_t size = fs::file_size(input, error);
  check(!error, ErrorCode::Input, input.string(), ": its size cannot be read: ", error.message());
  const std::string prefix = std::to_string(size) + "-";
  if (size <= kSamples * kSample) return prefix + sha256_of_file(input);
  Sha256 sum;
  Parts parts(input);
  for (const std::uintmax_t at : {std::uintmax_t{0}, (size - kSample) / 2, size - kSample}) {
    parts.seek(at);
    parts.add_to(sum);
  }
  return prefix + sum.hex();
}

bool is_source(std::string_view id, const fs::path& input) {
  const bool sampled = id.find('-') != std::string_view::npos;
  return id == (sampled ? source_fingerprint(input) : source_sha256(input));
}

std::map<std::string, std::string> image_fingerprints(const fs::path& input) {
  std::map<std::string, std::string> ids;
  for (const auto& file : images_of(input)) {
    try {
      ids[utf8_name(file)] = source_fingerprint(file);
    } catch (const Error&) {
      continue;  // reading the image says what is wrong
    }
  }
  return ids;
}

}  // namespace cameo
