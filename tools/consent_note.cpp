// SPDX-License-Identifier: MIT
#include "tools/consent_note.h"

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace cameo {
namespace {

namespace fs = std::filesystem;

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(nlohmann::json(text).dump());  // refuses anything else
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

std::string consent_note(const std::string& given) {
  constexpr std::uintmax_t kMostBytes = 65536;
  std::error_code none;  // a text may be too long for a name
  const bool file = fs::is_regular_file(given, none);
  check(!file || fs::file_size(given) <= kMostBytes, ErrorCode::Usage, "train: --consent ", given,
        ": more than ", kMostBytes, " bytes; a note is a text");
  std::string note = given;
  if (file) {
    const std::vector<unsigned char> bytes = read_bytes(given);
    note.assign(bytes.begin(), bytes.end());
  }
  check(!note.empty() && is_utf8(note), ErrorCode::Usage, "train: --consent ", given,
        ": not a text in UTF-8; of a scan, give its name and SHA-256 as a text");
  return note;
}

}  // namespace cameo
