// SPDX-License-Identifier: MIT
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "pipeline/mark/output_marks.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/watermark.h"
#include "pipeline/media/image.h"
#include "pipeline/media/xmp_still.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::vector<unsigned char> picture(bool marked) {
  const auto bytes = encode_image("a.png", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(9)));
  return marked ? with_xmp(bytes, declared_packet("")) : bytes;
}

/// An image with a watermark in its pixels, if any, and one in its metadata.
void write_marked(const std::filesystem::path& file, std::optional<std::uint64_t> in_pixels,
                  const std::string& in_metadata) {
  cv::Mat image = texture(2, {320, 240});
  if (in_pixels) Watermark({.asset = *in_pixels}).embed(image);
  write_declared_image(file, image, {.watermark = in_metadata});
}

nlohmann::json verified(const std::string& name, const Scratch& folder) {
  const Outcome outcome = run_shell("cameo verify " + name + " --json", folder.path());
  CAPTURE(outcome.err);
  nlohmann::json file = nlohmann::json::parse(outcome.out)["files"][0];
  file["code"] = outcome.code;
  return file;
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

TEST_CASE("verify compares the watermark in the pixels with the one that the metadata names") {
  const Scratch folder;
  write_marked(folder / "same.png", 7, asset_word(7));
  const auto same = verified("same.png", folder);
  CHECK(same["code"] == 0);
  CHECK(same["watermark"]["asset"] == asset_word(7));
  CHECK(same["watermark"]["agrees"] == true);
  CHECK(same["watermark"]["score"] > 10);

  write_marked(folder / "other.png", 7, asset_word(8));
  const auto other = verified("other.png", folder);
  CHECK(other["code"] == 8);
  CHECK(other["verdict"] == "tampered");
  CHECK(other["watermark"]["agrees"] == false);

  write_marked(folder / "lost.png", {}, asset_word(7));
  const auto lost = verified("lost.png", folder);
  CHECK(lost["code"] == 0);
  CHECK(lost["watermark"]["found"] == false);
  CHECK(lost["watermark"]["agrees"] == false);
  CHECK(contains(lost["problem"].get<std::string>(), "do not show"));
}

TEST_CASE("a watermark alone marks a picture whose metadata was removed") {
  const Scratch folder;
  cv::Mat image = texture(2, {320, 240});
  write_image(folder / "plain.png", image);
  CHECK(verified("plain.png", folder)["code"] == 8);
  Watermark({.asset = 7}).embed(image);
  write_image(folder / "marked.png", image);
  const auto marked = verified("marked.png", folder);
  CHECK(marked["code"] == 0);
  CHECK(marked["verdict"] == "marked");
  CHECK(marked["watermark"]["agrees"].is_null());
  const Outcome table = run_shell("cameo verify marked.png", folder.path());
  CHECK(contains(table.out, asset_word(7)));
  CHECK(contains(table.out, "its metadata says nothing of it"));
}

TEST_CASE("info shows what an image says of its origin") {
  const Scratch folder;
  write_bytes(folder / "a.png", picture(true));
  const Outcome info = run_shell("cameo info a.png --json", folder.path());
  CHECK(nlohmann::json::parse(info.out)["origin"]["synthetic"] == true);
  write_marked(folder / "b.png", 7, asset_word(7));
  CHECK(nlohmann::json::parse(run_shell("cameo info b.png --json", folder.path())
                                  .out)["origin"]["watermark"]["asset"] == asset_word(7));
}
