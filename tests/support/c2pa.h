// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

namespace cameo::test {

/// libc2pa_c that tests use, $CAMEO_C2PA_LIBRARY; empty: they have none, which is said.
inline std::string c2pa_library() {
  const char* named = std::getenv("CAMEO_C2PA_LIBRARY");
  if (named != nullptr && *named != '\0') return named;
  MESSAGE("skipped: no libc2pa_c; CAMEO_C2PA_LIBRARY is its place (tests/support/fetch_c2pa.sh)");
  return {};
}

/// Folder to put into PYTHONPATH, of the package that the library is a part of; empty: none.
inline std::string c2pa_python() {
  const std::filesystem::path package =
      std::filesystem::path(c2pa_library()).parent_path().parent_path();
  return std::filesystem::exists(package / "c2pa.py") ? package.parent_path().string() : "";
}

}  // namespace cameo::test
