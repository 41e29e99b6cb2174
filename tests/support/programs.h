// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>

#include "base/files.h"
#include "tests/support/scratch.h"

namespace cameo::test {

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

using cameo::write_text;

/// What a program said and how it ended; code is -1 if a signal ended it.
struct Outcome {
  int code = -1;
  std::string out, err;
};

/// Runs a shell command line in `folder`, stdin empty. Programs of this build are found first.
inline Outcome run_shell(const std::string& line, const std::filesystem::path& folder) {
  const Scratch said;
  const std::string whole = "cd '" + folder.string() + "' && PATH=" CAMEO_BIN ":\"$PATH\" && (" +
                            line + ") </dev/null >'" + (said / "out").string() + "' 2>'" +
                            (said / "err").string() + "'";
  const int status = std::system(whole.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of(said / "out"),
          text_of(said / "err")};
}

}  // namespace cameo::test
