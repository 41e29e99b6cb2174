// SPDX-License-Identifier: MIT
#include "pipeline/mark/c2pa.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "pipeline/mark/own_signer.h"
#include "pipeline/mark/provenance.h"
#include "pipeline/media/image.h"
#include "pipeline/media/source.h"
#include "tests/pipeline/mark/textures.h"
#include "tests/pipeline/media/media_files.h"
#include "tests/support/c2pa.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/programs.h"
#include "tests/support/time_stamp_authority.h"

using namespace cameo;
using namespace cameo::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* kAsset = "00c0ffee123456";
constexpr const char* kOtherBytes = "assertion.dataHash.mismatch";

/// A self-made signer in a folder of its own.
struct Maker {
  explicit Maker(const fs::path& folder) : own(own_signer(folder)) {}
  PemSigner signer() const { return pem_signer(own.signer, own.signer); }
  OwnSigner own;
};

/// A declared image or video, by its suffix.
fs::path declared(const Scratch& scratch, const std::string& name) {
  fs::path file = scratch / name;
  if (format_of_name(file) != ImageFormat::None) {
    write_declared_image(file, texture(3, {64, 48}), {.watermark = kAsset});
    return file;
  }
  ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 in-" + name);
  SinkOptions options{.overwrite = true};
  add_declaration(options, scratch / ("in-" + name), {.watermark = kAsset});
  const auto source = open_source(scratch / ("in-" + name));
  const auto sink = open_sink(file, scratch / ("in-" + name), *source, options);
  while (auto frame = source->next()) sink->write(*frame, Changed::Yes);
  sink->finish();
  return file;
}

cv::Mat first_frame(const fs::path& file) {
  return open_source(file)->next()->pixels;
}

/// What the library says of a file in which a byte at `offset` was changed.
C2paReport with_changed_byte(const C2pa& c2pa, const fs::path& file, std::size_t offset) {
  auto bytes = read_bytes(file);
  bytes.at(offset) ^= 1U;
  const fs::path changed = file.parent_path() / ("changed" + file.extension().string());
  write_bytes(changed, bytes);
  return check_manifest(&c2pa, changed, true);
}

std::size_t offset_of(const fs::path& file, const std::string& text) {
  const std::size_t at = text_of(file).find(text);
  REQUIRE(at != std::string::npos);
  return at;
}

/// An EC certificate that signed itself, as `openssl req` makes it.
PemSigner self_signed(const Scratch& scratch, const std::string& key_options,
                      const std::string& extensions) {
  const Outcome made =
      run_shell("openssl req -x509 -nodes -days 30 -subj /CN=self -keyout k -out c " + key_options +
                    " " + extensions,
                scratch.path());
  REQUIRE_MESSAGE(made.code == 0, made.err);
  return pem_signer(scratch / "k", scratch / "c");
}

constexpr const char* kFit =
    "-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature "
    "-addext extendedKeyUsage=emailProtection";

}  // namespace

TEST_CASE("a library that is missing, or is another one, is refused by name") {
  CHECK(contains(message_of([] { C2paLibrary("./none.so"); }), "none.so"));
  const std::string other = message_of([] { C2paLibrary("libc.so.6"); });
  CHECK(contains(other, "libc.so.6 has no c2pa_free"));
  CHECK(contains(other, kKnownC2pa));
}

TEST_CASE("without a library a manifest is present and unread, or none") {
  CHECK(check_manifest(nullptr, "a.png", true).state == C2paState::Unread);
  CHECK(check_manifest(nullptr, "a.png", false).state == C2paState::None);
}

TEST_CASE("a manifest in every format says what was edited by whom, and leaves the rest alone") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  write_image(scratch / "parent.png", texture(5, {64, 48}));
  for (const std::string name : {"a.png", "a.jpg", "a.tif", "a.webp", "a.mp4", "a.mov", "a.avi"}) {
    CAPTURE(name);
    const fs::path file = declared(scratch, name);
    const cv::Mat before = first_frame(file);
    CHECK(c2pa.read(file).state == C2paState::None);
    c2pa.embed(file, {.parent = scratch / "parent.png", .watermark = kAsset}, maker.signer());
    const C2paReport found = c2pa.read(file);
    CHECK(found.state == C2paState::Untrusted);
    CHECK(found.problem.empty());
    CHECK(found.signer == "Cameo signer, self-made");
    CHECK(found.generator == "Cameo " CAMEO_VERSION);
    CHECK(found.digital_source_type == kComposite);
    CHECK(found.watermark == kAsset);
    CHECK(found.time.empty());
    CHECK(found.earlier == 0);
    CHECK(c2pa.read(file, TrustedCertificates(maker.own.certificate)).state == C2paState::Valid);
    CHECK(c2pa.read(file, TrustedCertificates(Maker(scratch / "other").own.certificate)).state ==
          C2paState::Untrusted);
    CHECK(read_declaration(file).digital_source_type == kComposite);
    CHECK(read_declaration(file).c2pa == (name != "a.avi"));  // whose boxes are not read here
    CHECK(cv::norm(first_frame(file), before, cv::NORM_INF) == 0);
  }
}

TEST_CASE("a byte that changes after signing, of pixels, metadata or manifest, is tampering") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  const fs::path image = declared(scratch, "a.png"), video = declared(scratch, "a.mp4");
  for (const fs::path& file : {image, video}) {
    CAPTURE(file);
    c2pa.embed(file, {.watermark = kAsset}, maker.signer());
    const std::string pixels = file == image ? "IDAT" : "mdat";
    for (const std::string& part :
         {pixels, std::string("AISystemUsed"), std::string("c2pa.created"),
          std::string(kSoftBinding), std::string("Cameo signer")}) {
      CAPTURE(part);
      const C2paReport found = with_changed_byte(c2pa, file, offset_of(file, part) + 8);
      CHECK(found.state == C2paState::Tampered);
      CHECK_FALSE(found.problem.empty());
    }
  }
  // A manifest whose box has lost its name is none to the library, but it is there.
  CHECK(with_changed_byte(c2pa, image, offset_of(image, "caBX") + 16).state == C2paState::Tampered);
  const fs::path unsigned_image = declared(scratch, "b.png");
  CHECK(check_manifest(&c2pa, unsigned_image, false).state == C2paState::None);
  CHECK(check_manifest(&c2pa, unsigned_image, true).state == C2paState::Tampered);
  write_text(scratch / "c.png", "no picture");
  CHECK(check_manifest(&c2pa, scratch / "c.png", false).state == C2paState::None);
}

TEST_CASE("manifests of the parent are kept, even tampered ones, and of any format there are") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  const fs::path parent = declared(scratch, "a.png"), child = declared(scratch, "b.jpg");
  c2pa.embed(parent, {}, maker.signer());
  c2pa.embed(child, {.parent = parent}, maker.signer());
  CHECK(c2pa.read(child).earlier == 1);
  CHECK(c2pa.read(child).watermark.empty());
  const fs::path grandchild = declared(scratch, "c.mp4");
  c2pa.embed(grandchild, {.parent = child, .watermark = std::string(kNoWatermark)}, maker.signer());
  CHECK(c2pa.read(grandchild).earlier == 2);
  CHECK(c2pa.read(grandchild).watermark.empty());

  for (const char* part : {"IDAT", "caBX"}) {
    with_changed_byte(c2pa, parent, offset_of(parent, part) + 16);
    const fs::path of_tampered = declared(scratch, "d.png");
    c2pa.embed(of_tampered, {.parent = scratch / "changed.png"}, maker.signer());
    const C2paReport found = c2pa.read(of_tampered);
    CHECK(found.state == C2paState::Untrusted);
    if (found.earlier == 0) continue;  // too damaged to be kept
    REQUIRE(found.failed_ingredients.size() == 1);
    CHECK(found.failed_ingredients[0].codes == std::vector<std::string>{kOtherBytes});
    const fs::path after_tampered = declared(scratch, "e.png");
    c2pa.embed(after_tampered, {.parent = of_tampered}, maker.signer());
    CHECK(c2pa.read(after_tampered).failed_ingredients.size() == 1);
  }
  CHECK(c2pa.read(child).failed_ingredients.empty());
  ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 e.mkv");
  const fs::path of_mkv = declared(scratch, "f.png");
  c2pa.embed(of_mkv, {.parent = scratch / "e.mkv"}, maker.signer());
  CHECK(c2pa.read(of_mkv).state == C2paState::Untrusted);
}

TEST_CASE("files of formats without a place for manifests, and failed ones, stay as they were") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  write_image(scratch / "a.bmp", texture(3, {64, 48}));
  ffmpeg(scratch.path(), moving("64x48") + "-t 0.2 a.mkv");
  const fs::path picture = declared(scratch, "a.png");
  PemSigner another = Maker(scratch / "other").signer();
  another.certificates = maker.signer().certificates;
  const auto stays = [&](const fs::path& file, const PemSigner& signer, const std::string& url) {
    const auto before = read_bytes(file);
    std::string said = message_of([&] { c2pa.embed(file, {}, signer, url); });
    CHECK(read_bytes(file) == before);
    for (const auto& entry : fs::directory_iterator(scratch.path()))
      CHECK_FALSE(contains(entry.path().filename().string(), ".part"));
    return said;
  };
  for (const char* name : {"a.bmp", "a.mkv"})
    CHECK(contains(stays(scratch / name, maker.signer(), ""), "no place for a C2PA manifest"));
  CHECK(contains(stays(picture, another, ""), "a.png: is left without a C2PA manifest"));
  CHECK(contains(stays(picture, maker.signer(), "http://127.0.0.1:1"), "127.0.0.1:1"));
  const FileSizeLimit full(500);
  const std::string said = stays(picture, maker.signer(), "");
  CHECK(contains(said, "a.png: is left without"));
  CHECK(contains(said, std::string("cannot be written: ") + std::strerror(EFBIG)));
}

TEST_CASE("signers that C2PA does not take are refused before any work") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  for (const char* key :
       {"-newkey rsa:2048", "-newkey ed25519", "-newkey ec -pkeyopt ec_paramgen_curve:P-384"}) {
    CAPTURE(key);
    CHECK(message_of([&] { c2pa.check_signer(self_signed(scratch, key, kFit)); }).empty());
  }
  const std::string curve = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
  CHECK(contains(message_of([&] { c2pa.check_signer(self_signed(scratch, curve, "")); }),
                 "cannot be signed like this"));
  const std::string unknown = "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1";
  CHECK(contains(message_of([&] { c2pa.check_signer(self_signed(scratch, unknown, kFit)); }),
                 "such a key"));
}

TEST_CASE("a time-stamp authority says when a manifest was signed, and may be a trusted one") {
  if (c2pa_library().empty()) return;
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  const TimeStampAuthority authority;
  const fs::path file = declared(scratch, "a.png");
  c2pa.check_signer(maker.signer(), authority.url());
  c2pa.embed(file, {}, maker.signer(), authority.url());
  CHECK(contains(c2pa.read(file).time, "T"));
  CHECK_FALSE(c2pa.read(file, TrustedCertificates(maker.own.certificate)).time_trusted);
  write_text(scratch / "both.pem",
             text_of(maker.own.certificate) + text_of(authority.certificate()));
  CHECK(c2pa.read(file, TrustedCertificates(scratch / "both.pem")).time_trusted);
}

TEST_CASE("c2pa's own reader validates a manifest, and finds what is in it") {
  if (c2pa_library().empty()) return;
  const std::string package = c2pa_python();
  if (package.empty()) {
    MESSAGE("skipped: no c2pa.py beside the library");
    return;
  }
  const C2pa c2pa(c2pa_library());
  const Scratch scratch;
  const Maker maker(scratch / "own");
  for (const char* name : {"a.jpg", "a.mp4"}) {
    CAPTURE(name);
    c2pa.embed(declared(scratch, name), {.watermark = kAsset}, maker.signer());
    const Outcome read =
        run_shell("PYTHONPATH='" + package +
                      "' python3 '" CAMEO_GOLDEN "/c2pa/read.py' own/certificate.pem " + name,
                  scratch.path());
    CHECK_MESSAGE(read.code == 0, read.err);
    CHECK(read.out == "Trusted c2pa.created " + std::string(kComposite) + " " + kSoftBinding + " " +
                          kAsset + "\n");
  }
}
