// SPDX-License-Identifier: MIT
#include "pipeline/mark/own_signer.h"

#include <doctest/doctest.h>

#include "base/files.h"
#include "pipeline/mark/signature.h"
#include "tests/support/programs.h"

using namespace cameo;
using namespace cameo::test;

namespace fs = std::filesystem;

TEST_CASE("a signer is made once, kept, and nobody else may read its key") {
  const Scratch scratch;
  const OwnSigner first = own_signer(scratch / "deep/cameo");
  CHECK(first.made);
  CHECK((fs::status(first.signer).permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  const auto kept = read_bytes(first.signer);
  CHECK_FALSE(own_signer(scratch / "deep/cameo").made);
  CHECK(read_bytes(first.signer) == kept);
  CHECK(pem_signer(first.signer, first.signer).algorithm == "es256");
}

TEST_CASE("openssl verifies a signer's certificate by that of its authority, for ten years") {
  const Scratch scratch;
  own_signer(scratch.path());
  CHECK(
      run_shell("openssl verify -x509_strict -purpose smimesign -CAfile certificate.pem signer.pem",
                scratch.path())
          .code == 0);
  CHECK(run_shell("openssl x509 -in signer.pem -noout -checkend $((3650*86400))", scratch.path())
            .code == 0);
  CHECK_FALSE(contains(text_of(scratch / "certificate.pem"), "PRIVATE"));
  const std::string words =
      run_shell("openssl x509 -in signer.pem -noout -text", scratch.path()).out;
  for (const char* word : {"CA:FALSE", "Digital Signature", "E-mail Protection", "prime256v1"}) {
    CAPTURE(word);
    CHECK(contains(words, word));
  }
}

TEST_CASE("a damaged signer is refused by name and kept, for others may trust it") {
  const Scratch scratch;
  const OwnSigner own = own_signer(scratch.path());
  const std::string whole = text_of(own.signer), certificate = text_of(own.certificate);
  for (const std::string& damaged : {std::string(), std::string("none"), whole.substr(0, 300),
                                     whole.substr(whole.find("-----BEGIN CERT"))}) {
    write_text(own.signer, damaged);
    CHECK(contains(message_of([&] { own_signer(scratch.path()); }), "signer.pem: is damaged"));
    CHECK(text_of(own.signer) == damaged);
    CHECK(text_of(own.certificate) == certificate);
  }
}

TEST_CASE("a signer that will have expired tomorrow is made anew with its certificate") {
  const Scratch scratch;
  own_signer(scratch.path());
  REQUIRE(run_shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
                    "-subj /CN=old -keyout k -out c && cat k c c > signer.pem",
                    scratch.path())
              .code == 0);
  CHECK(own_signer(scratch.path()).made);
  CHECK(run_shell("openssl verify -CAfile certificate.pem signer.pem", scratch.path()).code == 0);
  fs::remove(scratch / "certificate.pem");
  CHECK_FALSE(own_signer(scratch.path()).made);
  CHECK(fs::exists(scratch / "certificate.pem"));
}
