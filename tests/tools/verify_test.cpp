// SPDX-License-Identifier: MIT
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "pipeline/media/xmp_still.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::vector<unsigned char> picture(bool marked) {
  const auto bytes = encode_image("a.png", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(9)));
  return marked ? with_xmp(bytes, declared_packet("")) : bytes;
}

}  // namespace

TEST_CASE("verify ends with 0 for marked files, 8 if one is not, 3 if one cannot be read") {
  const Scratch folder;
  write_bytes(folder / "in" / "face10.png", picture(true));
  write_bytes(folder / "in" / "face9.png", picture(true));
  write_text(folder / "in" / "notes.txt", "no picture");
  const Outcome all = run_shell("cameo verify in --json", folder.path());
  CHECK_MESSAGE(all.code == 0, all.err);
  const auto files = nlohmann::json::parse(all.out)["files"];
  REQUIRE(files.size() == 2);
  CHECK(files[0]["file"] == "in/face9.png");  // natural order
  CHECK(files[0]["verdict"] == "marked");
  CHECK(files[0]["digital_source_type"] == std::string(kComposite));
  CHECK(files[0]["tool"] == "Cameo");
  CHECK(files[0]["signature"] == "none");

  write_text(folder / "bad.png", "no picture");
  const Outcome bad = run_shell("cameo verify in bad.png", folder.path());
  CHECK(bad.code == 3);
  CHECK(contains(bad.out, "bad.png: not an image"));
  write_bytes(folder / "plain.png", picture(false));
  const Outcome plain = run_shell("cameo verify in bad.png plain.png", folder.path());
  CHECK(plain.code == 8);
  CHECK(contains(plain.out, "not marked"));
  CHECK(run_shell("cameo verify none.png", folder.path()).code == 3);
}

TEST_CASE("a signature that is none makes a marked file a tampered one") {
  const Scratch folder;
  write_bytes(folder / "a.png", picture(true));
  write_text(folder / "a.png.p7s", "no signature");
  const Outcome found = run_shell("cameo verify a.png --json", folder.path());
  CHECK(found.code == 8);
  CHECK(nlohmann::json::parse(found.out)["files"][0]["verdict"] == "tampered");
}

TEST_CASE("info shows what an image says of its origin") {
  const Scratch folder;
  write_bytes(folder / "a.png", picture(true));
  const Outcome info = run_shell("cameo info a.png --json", folder.path());
  CHECK(nlohmann::json::parse(info.out)["origin"]["synthetic"] == true);
}
