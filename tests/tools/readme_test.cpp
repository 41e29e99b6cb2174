// SPDX-License-Identifier: MIT
#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/programs.h"
#include "tools/commands.h"

using namespace cameo::test;

namespace {

const std::filesystem::path kRoot = std::filesystem::path(CAMEO_GOLDEN) / ".." / "..";

/// Whether this build has the command of a line "cameo NAME ...", and the format it asks for.
bool is_built(const std::string& line) {
  std::istringstream words(line);
  std::string door, name, format;
  words >> door >> name;
  for (std::string word; words >> word;)
    if (word == "--format") words >> format;
  const auto all = cameo::commands();
  if (std::none_of(all.begin(), all.end(), [&](const auto& c) { return c.name == name; }))
    return false;
  return format.empty() || contains(run_shell("cameo " + name + " --help", kRoot).out, format);
}

/// The lines of a document's ```sh blocks.
std::vector<std::string> shell_lines(const std::string& document) {
  std::istringstream lines(document);
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0)
      inside = line == "```sh";
    else if (inside)
      found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("every cameo line of the documents is one the programs understand") {
  const Scratch folder;
  int lines = 0, tried = 0;
  std::vector<std::string> all = shell_lines(text_of(kRoot / "README.md"));
  for (const auto& [document, least] :
       {std::pair{"article.md", 8U}, {"dfm.md", 3U}, {"training-on-several-gpus.md", 5U}}) {
    const std::vector<std::string> more = shell_lines(text_of(kRoot / "docs" / document));
    CHECK(more.size() >= least);
    all.insert(all.end(), more.begin(), more.end());
  }
  for (const std::string& line : all) {
    if (line.rfind("cameo ", 0) != 0) continue;
    ++lines;
    if (!is_built(line)) continue;
    CAPTURE(line);
    // Its files are not there, which is told by another code than a wrong option is.
    const std::string command = line.substr(0, line.find('#'));
    const Outcome outcome = run_shell(command + " --dry-run", folder.path());
    CHECK_MESSAGE((outcome.code == 0 || outcome.code == 3), outcome.err);
    ++tried;
  }
  CHECK(lines >= 5);
  CHECK(tried >= 1);
  const bool whole_build = is_built("cameo extract");
  CHECK((tried == lines || !whole_build));
}

TEST_CASE("the README is short, and the files it names are there") {
  const std::string readme = text_of(kRoot / "README.md");
  CHECK(std::count(readme.begin(), readme.end(), '\n') < 150);
  for (const char* name : {"demo.sh", "test.sh", "packages.txt", "LICENSE", "CONTRIBUTING.md",
                           "engine/ops.h", "weights/README.md", "bench/README.md"}) {
    CAPTURE(name);
    CHECK(contains(readme, name));
    CHECK(std::filesystem::exists(kRoot / name));
  }
}
