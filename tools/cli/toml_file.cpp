// SPDX-License-Identifier: MIT
#include "tools/cli/toml_file.h"

#include <fstream>
#include <sstream>

#include "base/error.h"

namespace cameo {

toml::table read_toml(const std::filesystem::path& file, std::string_view what) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  check(in.good(), ErrorCode::Input, file.string(), ": cannot read this ", what);
  try {
    return toml::parse(text.str(), file.string());
  } catch (const toml::parse_error& error) {
    fail(ErrorCode::Usage, file.string(), ":", error.source().begin.line, ": ",
         error.description());
  }
}

}  // namespace cameo
