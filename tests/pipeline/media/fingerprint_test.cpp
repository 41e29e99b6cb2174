// SPDX-License-Identifier: MIT
#include "pipeline/media/sha256.h"

#include <string>

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;

namespace {

std::string sum_of(std::string_view text) {
  Sha256 sum;
  sum.update(text);
  return sum.hex();
}

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("sha256 gives the digests of FIPS 180-4's examples") {
  CHECK(sum_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sum_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sum_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sum_of(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256 does not depend on how the bytes are cut") {
  const std::string text(1000, 'x');
  for (const std::size_t part : {1U, 55U, 63U, 64U, 65U, 999U}) {
    Sha256 sum;
    for (std::size_t at = 0; at < text.size(); at += part) sum.update(text.substr(at, part));
    CHECK(sum.hex() == sum_of(text));
  }
}

TEST_CASE("a folder's digest changes with names and sizes of its images only") {
  const test::Scratch scratch;
  write_bytes(scratch / "in/a.png", bytes_of("123"));
  const std::string first = source_sha256(scratch / "in");
  write_bytes(scratch / "in/notes.txt", bytes_of("not an image"));
  CHECK(source_sha256(scratch / "in") == first);
  write_bytes(scratch / "in/a.png", bytes_of("1234"));
  const std::string longer = source_sha256(scratch / "in");
  CHECK(longer != first);
  write_bytes(scratch / "in/b.png", bytes_of(""));
  CHECK(source_sha256(scratch / "in") != longer);
  CHECK(source_sha256(scratch / "in/a.png") == sum_of("1234"));
}
