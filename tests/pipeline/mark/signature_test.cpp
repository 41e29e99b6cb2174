// SPDX-License-Identifier: MIT
#include "pipeline/mark/signature.h"

#include <string>

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "tests/support/programs.h"
#include "tests/support/time_stamp_authority.h"

using namespace cameo;
using namespace cameo::test;

namespace {

/// Makes NAME.key and a certificate of its own, NAME.pem, on an elliptic curve.
void make_signer(const Scratch& scratch, const std::string& name) {
  const Outcome made = run_shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=" +
          name +
          " -addext keyUsage=digitalSignature -addext extendedKeyUsage=emailProtection -keyout " +
          name + ".key -out " + name + ".pem",
      scratch.path());
  REQUIRE_MESSAGE(made.code == 0, made.err);
}

/// Writes a.bin and signs it as "tester".
void write_signed(const Scratch& scratch) {
  make_signer(scratch, "tester");
  write_text(scratch / "a.bin", "text");
  sign_file(scratch / "a.bin", scratch / "tester.key", scratch / "tester.pem");
}

}  // namespace

TEST_CASE("a signature beside a file is valid until the file changes, to openssl as well") {
  const Scratch scratch;
  make_signer(scratch, "tester");
  write_text(scratch / "a.bin", std::string(100000, 'x') + "\r\n\n");
  CHECK(check_signature(scratch / "a.bin").state == SignatureState::None);
  sign_file(scratch / "a.bin", scratch / "tester.key", scratch / "tester.pem");
  const Signature found = check_signature(scratch / "a.bin");
  CHECK(found.state == SignatureState::Valid);
  CHECK(found.signer == "CN=tester");
  CHECK_FALSE(found.trusted);
  CHECK(run_shell("openssl cms -verify -binary -inform DER -in a.bin.p7s -content a.bin "
                  "-CAfile tester.pem -out /dev/null",
                  scratch.path())
            .code == 0);
  write_text(scratch / "a.bin", std::string(99999, 'x') + "y\r\n\n");
  CHECK(check_signature(scratch / "a.bin").state == SignatureState::Tampered);
}

TEST_CASE("a trusted certificate tells the signer's from another one's") {
  const Scratch scratch;
  write_signed(scratch);
  make_signer(scratch, "other");
  CHECK(check_signature(scratch / "a.bin", TrustedCertificates(scratch / "tester.pem")).trusted);
  const Signature found =
      check_signature(scratch / "a.bin", TrustedCertificates(scratch / "other.pem"));
  CHECK(found.state == SignatureState::Valid);
  CHECK_FALSE(found.trusted);
  CHECK(contains(found.problem, "its signature fits, but is not of a trusted signer"));
  CHECK(contains(message_of([&] { TrustedCertificates(scratch / "a.bin"); }), "no certificates"));
  CHECK(contains(message_of([&] { TrustedCertificates(scratch / "none"); }), "no such file"));
}

TEST_CASE("a signature of other bytes is tampered with, whether its signer is trusted or not") {
  const Scratch scratch;
  write_signed(scratch);
  make_signer(scratch, "other");
  write_text(scratch / "a.bin", "test");
  for (const char* name : {"tester.pem", "other.pem"}) {
    const Signature found = check_signature(scratch / "a.bin", TrustedCertificates(scratch / name));
    CHECK(found.state == SignatureState::Tampered);
    CHECK_FALSE(found.trusted);
  }
}

TEST_CASE("trusted certificates are read once, all of the file") {
  const Scratch scratch;
  write_signed(scratch);
  make_signer(scratch, "other");
  write_text(scratch / "both.pem",
             text_of(scratch / "other.pem") + "words\n" + text_of(scratch / "tester.pem"));
  const TrustedCertificates trusted(scratch / "both.pem");
  std::filesystem::remove(scratch / "both.pem");
  for (int i = 0; i < 2; ++i) CHECK(check_signature(scratch / "a.bin", trusted).trusted);
  CHECK(contains(trusted.pem(), "words"));
}

TEST_CASE("a time stamp is in the signature, of this signature alone, and may be trusted") {
  const Scratch scratch;
  write_signed(scratch);
  CHECK(check_signature(scratch / "a.bin").time.empty());
  const TimeStampAuthority authority;
  sign_file(scratch / "a.bin", scratch / "tester.key", scratch / "tester.pem", authority.url());
  const Signature found = check_signature(scratch / "a.bin");
  CHECK(found.state == SignatureState::Valid);
  CHECK(found.time.size() == std::string("2026-11-28T02:04:38+00:00").size());
  CHECK_FALSE(found.time_trusted);
  CHECK(contains(
      run_shell("openssl cms -cmsout -print -noout -inform DER -in a.bin.p7s", scratch.path()).out,
      "id-smime-aa-timeStampToken"));
  CHECK_FALSE(
      check_signature(scratch / "a.bin", TrustedCertificates(scratch / "tester.pem")).time_trusted);
  write_text(scratch / "both.pem",
             text_of(scratch / "tester.pem") + text_of(authority.certificate()));
  CHECK(check_signature(scratch / "a.bin", TrustedCertificates(scratch / "both.pem")).time_trusted);
  CHECK(check_signature(scratch / "a.bin", TrustedCertificates(scratch / "both.pem")).trusted);

  // The authority's signature ends the token, which ends the file.
  auto bytes = read_bytes(scratch / "a.bin.p7s");
  bytes[bytes.size() - 20] ^= 1U;
  write_bytes(scratch / "a.bin.p7s", bytes);
  const Signature changed = check_signature(scratch / "a.bin");
  CHECK(changed.state == SignatureState::Tampered);
  CHECK(contains(changed.problem, "time stamp"));
}

TEST_CASE("keys and certificates that cannot sign are refused by name") {
  const Scratch scratch;
  make_signer(scratch, "tester");
  make_signer(scratch, "other");
  CHECK(contains(message_of([&] { check_signer(scratch / "tester.key", scratch / "other.pem"); }),
                 "is not the certificate of the key"));
  CHECK(contains(message_of([&] { check_signer(scratch / "tester.pem", scratch / "tester.pem"); }),
                 "no private key"));
  CHECK(contains(message_of([&] { check_signer(scratch / "none", scratch / "tester.pem"); }),
                 "none: cannot be read"));
  REQUIRE(run_shell("openssl pkey -in tester.key -aes256 -passout pass:secret -out locked.key",
                    scratch.path())
              .code == 0);
  CHECK(contains(message_of([&] { check_signer(scratch / "locked.key", scratch / "tester.pem"); }),
                 "without a password"));
}

TEST_CASE("damaged signatures are never valid and never a crash") {
  const Scratch scratch;
  write_signed(scratch);
  const auto whole = read_bytes(scratch / "a.bin.p7s");
  Random random(17);
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
    write_bytes(scratch / "a.bin.p7s", {whole.data(), bytes});
    CHECK(check_signature(scratch / "a.bin").state == SignatureState::Tampered);
    auto damaged = whole;
    damaged[random.below(static_cast<std::uint32_t>(damaged.size()))] ^= 0x40U;
    write_bytes(scratch / "a.bin.p7s", damaged);
    check_signature(scratch /
                    "a.bin");  // a flipped bit of the certificate's text may be of no matter
  }
}
