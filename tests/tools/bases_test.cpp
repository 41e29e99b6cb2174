// SPDX-License-Identifier: MIT
// The bases that come with Cameo (weights/).
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "model/file/base_file.h"
#include "model/net/presets.h"
#include "pipeline/media/fingerprint.h"

namespace cameo::test {

TEST_CASE("each base in weights/ is listed with its size and sum, and fits its preset") {
  const std::filesystem::path weights = std::filesystem::path(CAMEO_GOLDEN) / "../../weights";
  std::ifstream list(weights / "bases.txt");
  REQUIRE(list.good());
  int listed = 0;
  for (std::string line; std::getline(list, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string name, bytes, sum;
    std::getline(columns, name, '\t');
    std::getline(columns, bytes, '\t');
    std::getline(columns, sum, '\t');
    CAPTURE(name);
    ++listed;
    REQUIRE(std::filesystem::exists(weights / name));
    CHECK(std::to_string(std::filesystem::file_size(weights / name)) == bytes);
    CHECK(sha256_of_file(weights / name) == sum);
    CHECK(std::filesystem::file_size(weights / name) <= std::uintmax_t{16} << 20);
    const std::string known = name.substr(5, name.size() - 5 - std::string(".safetensors").size());
    CHECK(is_base_of(weights / name, preset(known).network));
  }
  int there = 0;
  for (const auto& entry : std::filesystem::directory_iterator(weights))
    there += entry.path().extension() == ".safetensors" ? 1 : 0;
  CHECK(there == listed);
  CHECK(listed > 0);
}

}  // namespace cameo::test
