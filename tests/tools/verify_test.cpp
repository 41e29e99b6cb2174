// SPDX-License-Identifier: MIT
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "pipeline/mark/c2pa.h"
#include "pipeline/mark/output_marks.h"
#include "pipeline/mark/own_signer.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/mark/watermark.h"
#include "pipeline/media/image.h"
#include "pipeline/media/xmp_still.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/c2pa.h"
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

TEST_CASE("an intact signature of a signer who is not trusted is untrusted, not tampered") {
  const Scratch folder;
  const OwnSigner own = own_signer(folder / "own");
  own_signer(folder / "other");
  write_bytes(folder / "a.png", picture(true));
  sign_file(folder / "a.png", own.signer, own.signer);
  CHECK(verified("a.png --trusted own/certificate.pem", folder)["code"] == 0);
  const auto stranger = verified("a.png --trusted other/certificate.pem", folder);
  CHECK(stranger["code"] == 8);
  CHECK(stranger["verdict"] == "untrusted");
  CHECK(stranger["signature"] == "valid");
  CHECK(stranger["signer_trusted"] == false);
  CHECK(contains(stranger["problem"].get<std::string>(), "not of a trusted signer"));
  const Outcome table =
      run_shell("cameo verify a.png --trusted other/certificate.pem", folder.path());
  CHECK(contains(table.out, "fits, "));
  CHECK_FALSE(contains(table.out, "does not fit"));
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

TEST_CASE("verify tells an intact manifest from one whose file has changed, and who signed") {
  if (c2pa_library().empty()) return;
  const Scratch folder;
  const OwnSigner own = own_signer(folder / "own");
  const C2pa c2pa(c2pa_library());
  write_marked(folder / "a.png", 7, asset_word(7));
  c2pa.embed(folder / "a.png", {.watermark = asset_word(7)}, pem_signer(own.signer, own.signer));
  const std::string with = " --c2pa " + c2pa_library();
  const auto found = verified("a.png" + with, folder);
  CHECK(found["code"] == 0);
  CHECK(found["c2pa"] == "untrusted");
  CHECK(found["c2pa_manifest"]["signer"] == "Cameo signer, self-made");
  CHECK(found["c2pa_manifest"]["watermark"] == asset_word(7));
  CHECK_FALSE(found.contains("problem"));
  CHECK(verified("a.png --trusted own/certificate.pem" + with, folder)["c2pa"] == "valid");
  const auto unread = verified("a.png", folder);
  CHECK(unread["c2pa"] == "present, not checked");
  CHECK(unread["code"] == 0);
  own_signer(folder / "other");
  const auto stranger = verified("a.png --trusted other/certificate.pem" + with, folder);
  CHECK(stranger["code"] == 8);
  CHECK(stranger["verdict"] == "untrusted");
  CHECK(contains(stranger["problem"].get<std::string>(), "not of a trusted signer"));
  const auto unasked = verified("a.png --trusted own/certificate.pem", folder);
  CHECK(unasked["code"] == 8);
  CHECK(unasked["verdict"] == "untrusted");
  CHECK(contains(unasked["problem"].get<std::string>(), "cannot be checked without libc2pa_c"));

  auto bytes = read_bytes(folder / "a.png");
  bytes[text_of(folder / "a.png").find("IDAT") + 90] ^= 1U;
  write_bytes(folder / "b.png", bytes);
  const auto changed = verified("b.png" + with, folder);
  CHECK(changed["code"] == 8);
  CHECK(changed["verdict"] == "tampered");
  CHECK(changed["c2pa"] == "tampered");
  CHECK(contains(changed["problem"].get<std::string>(), "assertion.dataHash.mismatch"));
  const Outcome table = run_shell("cameo verify a.png b.png" + with, folder.path());
  CHECK(contains(table.out, "untrusted, Cameo signer, self-made"));
  CHECK(contains(table.out, "tampered, Cameo signer, self-made"));
  const Outcome info = run_shell("cameo info a.png --json" + with, folder.path());
  CHECK(nlohmann::json::parse(info.out)["origin"]["c2pa"] == "untrusted");
  // What a manifest says of its ingredient's is told, and leaves the verdict alone.
  write_marked(folder / "c.png", 7, asset_word(7));
  c2pa.embed(folder / "c.png", {.parent = folder / "b.png", .watermark = asset_word(7)},
             pem_signer(own.signer, own.signer));
  const auto child = verified("c.png" + with, folder);
  CHECK(child["code"] == 0);
  CHECK(child["c2pa_manifest"]["failed_ingredients"][0]["failures"][0] ==
        "assertion.dataHash.mismatch");
  CHECK(contains(run_shell("cameo verify c.png" + with, folder.path()).out,
                 "c.png: the C2PA manifest of an ingredient failed validation: "
                 "assertion.dataHash.mismatch"));
  const Outcome none = run_shell("cameo verify a.png --c2pa ./none.so", folder.path());
  CHECK(none.code == 2);
  CHECK(contains(none.err, "none.so"));
  for (const char* nothing : {" --c2pa ''", " --c2pa=", " --trusted ''", " ''"})
    CHECK(run_shell("cameo verify a.png" + std::string(nothing), folder.path()).code == 2);
}

TEST_CASE("verify lists what a manifest and the other marks say against each other") {
  if (c2pa_library().empty()) return;
  const Scratch folder;
  const OwnSigner own = own_signer(folder / "own");
  const PemSigner signer = pem_signer(own.signer, own.signer);
  const C2pa c2pa(c2pa_library());
  const std::string with = " --c2pa " + c2pa_library();
  write_marked(folder / "other.png", 7, asset_word(7));
  c2pa.embed(folder / "other.png", {.watermark = asset_word(8)}, signer);
  const auto other = verified("other.png" + with, folder);
  CHECK(other["code"] == 8);
  CHECK(contains(other["problem"].get<std::string>(), "its C2PA manifest names watermark " +
                                                          asset_word(8) + ", its other metadata " +
                                                          asset_word(7)));

  // A manifest alone marks a picture, whose other metadata was never there.
  write_image(folder / "alone.png", texture(2, {64, 48}));
  CHECK(verified("alone.png" + with, folder)["code"] == 8);
  c2pa.embed(folder / "alone.png", {}, signer);
  const auto alone = verified("alone.png" + with, folder);
  CHECK(alone["code"] == 0);
  CHECK(alone["synthetic"] == true);
  CHECK(contains(alone["problem"].get<std::string>(), "its other metadata nothing"));
  CHECK(verified("alone.png", folder)["code"] == 8);
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
