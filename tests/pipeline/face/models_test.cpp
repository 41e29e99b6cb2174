// SPDX-License-Identifier: MIT
#include "pipeline/face/models.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using test::contains;
using test::message_of;
using test::Scratch;

TEST_CASE("the manifest and the program list the same model files") {
  std::ifstream in(CAMEO_GOLDEN "/../../weights/manifest.txt");
  REQUIRE(in.good());
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) rows.back().push_back(field);
  }
  REQUIRE(rows.size() == model_files().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ModelFile& file = model_files()[i];
    CHECK(rows[i] == std::vector<std::string>{std::string(file.name), std::to_string(file.bytes),
                                              std::string(file.sha256), std::string(file.licence),
                                              std::string(file.origin)});
    CHECK(file.sha256.size() == 64);
  }
}

TEST_CASE("folders are searched in order") {
  const Scratch scratch;
  write_bytes(scratch / "b/x.dat", {});
  CHECK(!locate_model("x.dat", {scratch / "a", scratch / "none"}).has_value());
  CHECK(locate_model("x.dat", {scratch / "a", scratch / "b"}) == scratch / "b/x.dat");
  write_bytes(scratch / "a/x.dat", {});
  CHECK(locate_model("x.dat", {scratch / "a", scratch / "b"}) == scratch / "a/x.dat");
}

TEST_CASE("a missing model file is an error with its sum, the folders searched and a hint") {
  const Scratch scratch;
  const std::string why = message_of([&] {
    find_model(kDescriptorNet, {scratch / "one", scratch / "two"});
  });
  CHECK(contains(why, "dlib_face_recognition_resnet_model_v1.dat: not found"));
  CHECK(contains(why, "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"));
  CHECK(contains(why, (scratch / "one").string()));
  CHECK(contains(why, (scratch / "two").string()));
  CHECK(contains(why, "/usr/share/dlib"));
  CHECK(contains(why, "weights/fetch.sh"));
}

TEST_CASE("a model file that holds something else is refused, by size or by sum") {
  const Scratch scratch;
  const std::string name(kCnnDetector);
  const auto fault = [&](const ModelFolders& folders) {
    try {
      find_model(kCnnDetector, folders);
    } catch (const Error& e) {
      return std::pair(e.code(), std::string(e.what()));
    }
    return std::pair(ErrorCode::Failed, std::string());
  };
  write_bytes(scratch / ("short/" + name), std::vector<unsigned char>(100));
  const auto [short_fault, short_why] = fault({scratch / "short"});
  CHECK(short_fault == ErrorCode::Format);
  CHECK(contains(short_why, "100 bytes instead of 729940"));
  write_bytes(scratch / ("wrong/" + name), std::vector<unsigned char>(729940));
  const auto [wrong_fault, wrong_why] = fault({scratch / "wrong"});
  CHECK(wrong_fault == ErrorCode::Format);
  CHECK(contains(wrong_why, "instead of 4cb19393e2fb"));
}
