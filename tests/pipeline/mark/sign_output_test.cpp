// SPDX-License-Identifier: MIT
#include "pipeline/mark/sign_output.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "pipeline/mark/own_signer.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/support/c2pa.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* kAsset = "00c0ffee123456";

void declare(const fs::path& file) {
  write_declared_image(file, texture(3, {64, 48}), {.watermark = kAsset});
}

OutputSigning signing_by(const OwnSigner& own, const C2pa* c2pa) {
  return {.c2pa = c2pa, .key = own.signer, .certificate = own.signer};
}

}  // namespace

TEST_CASE("without a library what is declared synthetic is signed beside, and nothing else") {
  const Scratch scratch;
  const OwnSigner own = own_signer(scratch / "own");
  declare(scratch / "out/a.png");
  write_image(scratch / "out/b.png", texture(4, {64, 48}));
  const auto before = read_bytes(scratch / "out/a.png");
  CHECK(sign_output(scratch / "out", scratch / "in.mp4", signing_by(own, nullptr)).empty());
  CHECK(check_signature(scratch / "out/a.png").state == SignatureState::Valid);
  CHECK(check_signature(scratch / "out/b.png").state == SignatureState::None);
  CHECK(read_bytes(scratch / "out/a.png") == before);
}

TEST_CASE("a signature that cannot be written is told, and the other files are signed") {
  const Scratch scratch;
  const OwnSigner own = own_signer(scratch / "own");
  for (const char* name : {"out/a.png", "out/b.png"}) declare(scratch / name);
  fs::create_directories(scratch / "out/a.png.p7s/taken");
  const auto problems = sign_output(scratch / "out", scratch / "in.mp4", signing_by(own, nullptr));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("a.png.p7s") != std::string::npos);
  CHECK(check_signature(scratch / "out/b.png").state == SignatureState::Valid);
}

TEST_CASE("each image of a folder has that of the input as its parent, and copies stay copies") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const OwnSigner own = own_signer(scratch / "own");
  const PemSigner signer = pem_signer(own.signer, own.signer);
  for (const char* name : {"in/a.png", "in/b.png", "in/c.png"}) declare(scratch / name);
  c2pa.embed(scratch / "in/a.png", {}, signer);
  c2pa.embed(scratch / "in/c.png", {}, signer);
  write_image(scratch / "in/d.bmp", texture(6, {64, 48}));
  fs::create_directories(scratch / "out");
  fs::copy_file(scratch / "in/c.png", scratch / "out/c.png");
  for (const char* name : {"out/a.png", "out/b.png", "out/d.bmp.png"}) declare(scratch / name);
  CHECK(sign_output(scratch / "out", scratch / "in", signing_by(own, &c2pa)).empty());
  CHECK(c2pa.read(scratch / "out/a.png").earlier == 1);
  CHECK(c2pa.read(scratch / "out/b.png").earlier == 0);
  CHECK(c2pa.read(scratch / "out/d.bmp.png").watermark == kAsset);
  CHECK(read_bytes(scratch / "out/c.png") == read_bytes(scratch / "in/c.png"));
  // The signature beside a file is of the file with its manifest.
  for (const char* name : {"out/a.png", "out/b.png", "out/d.bmp.png"})
    CHECK(check_signature(scratch / name).state == SignatureState::Valid);
}

TEST_CASE("a manifest goes without a time stamp if the authority does not answer, which is told") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const OwnSigner own = own_signer(scratch / "own");
  declare(scratch / "a.png");
  write_image(scratch / "in.png", texture(4, {64, 48}));
  OutputSigning signing = signing_by(own, &c2pa);
  signing.timestamp = "http://127.0.0.1:1";
  const auto problems = sign_output(scratch / "a.png", scratch / "in.png", signing);
  REQUIRE(problems.size() == 2);
  CHECK(contains(problems[0], "a.png: its C2PA manifest has no time stamp"));
  CHECK(contains(problems[1], "a.png.p7s: has no time stamp"));
  CHECK(c2pa.read(scratch / "a.png").state == C2paState::Untrusted);
  CHECK(check_signature(scratch / "a.png").state == SignatureState::Valid);
  signing.detached = false;
  fs::remove(signature_file(scratch / "a.png"));
  CHECK(sign_output(scratch / "a.png", scratch / "in.png", signing).size() == 1);
  CHECK_FALSE(fs::exists(signature_file(scratch / "a.png")));
}
