// SPDX-License-Identifier: MIT
#include "pipeline/media/fingerprint.h"

#include <string>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "base/files.h"
#include "tests/support/scratch.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::string sum_of(std::string_view text) {
  const test::Scratch scratch;
  write_bytes(scratch / "x", bytes_of(text));
  return sha256_of_file(scratch / "x");
}

constexpr std::size_t kMiB = std::size_t{1} << 20;

}  // namespace

TEST_CASE("sha256 gives the digests of FIPS 180-4's examples, of long files too") {
  CHECK(sum_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sum_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sum_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sum_of(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // As sha256sum says of 3 MiB of the letter x: parts of a MiB leave no seam.
  CHECK(sum_of(std::string(3 * kMiB, 'x')) ==
        "3bea8a9a07c1e8dcaa4c1b816815c35a29b4fb585ba6ecc70ea44840a794cfb3");
}

TEST_CASE("a fingerprint knows an input by its size, its ends and its middle, wherever it lies") {
  const test::Scratch scratch;
  std::string text(7 * kMiB, 'x');
  const auto print = [&](std::string_view of) {
    write_bytes(scratch / "in.mp4", bytes_of(of));
    return source_fingerprint(scratch / "in.mp4");
  };
  const std::string first = print(text);
  CHECK(first.starts_with("7340032-"));
  std::filesystem::copy_file(scratch / "in.mp4", scratch / "copy.mp4");
  CHECK(source_fingerprint(scratch / "copy.mp4") == first);
  for (const std::size_t at : {std::size_t{0}, 7 * kMiB / 2, 7 * kMiB - 1}) {
    CAPTURE(at);
    text[at] = 'y';
    CHECK(print(text) != first);
    text[at] = 'x';
  }
  text[2 * kMiB] = 'y';  // between the samples
  CHECK(print(text) == first);
  CHECK(print(text + 'x') != first);
  CHECK(print("short") == "5-" + sum_of("short"));
}

TEST_CASE("an input is known by its fingerprint and by the whole sum of earlier releases") {
  const test::Scratch scratch;
  write_bytes(scratch / "in.mp4", bytes_of(std::string(4 * kMiB, 'x')));
  CHECK(is_source(source_fingerprint(scratch / "in.mp4"), scratch / "in.mp4"));
  CHECK(is_source(sha256_of_file(scratch / "in.mp4"), scratch / "in.mp4"));
  CHECK(!is_source("4194304-0123", scratch / "in.mp4"));
  CHECK(!is_source("0123", scratch / "in.mp4"));
  write_bytes(scratch / "folder/a.png", bytes_of("123"));
  CHECK(is_source(source_sha256(scratch / "folder"), scratch / "folder"));
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
  std::filesystem::rename(scratch / "in/a.png", scratch / "in/c.png");
  CHECK(source_sha256(scratch / "in") != longer);
  std::filesystem::rename(scratch / "in/c.png", scratch / "in/a.png");
  write_bytes(scratch / "in/b.png", bytes_of(""));
  CHECK(source_sha256(scratch / "in") != longer);
  CHECK(source_sha256(scratch / "in/a.png") == sum_of("1234"));
}

TEST_CASE("a folder's digest is that of earlier releases: name, zero byte, size, line feed") {
  const test::Scratch scratch;
  write_bytes(scratch / "b10.png", bytes_of("12345"));
  write_bytes(scratch / "a.png", bytes_of("123"));
  CHECK(source_sha256(scratch.path()) ==
        "a2fba6a80cffdaafa095526b551a5399e48eb5cf4ff2df3fa023f47ec0ea98b3");
}

TEST_CASE("each image of a folder has a fingerprint of its own, by its name") {
  const Scratch scratch;
  write_text(scratch / "in/a.jpg", "one");
  write_text(scratch / "in/b\xFF.png", "two");
  write_text(scratch / "in/notes.txt", "no image");
  std::filesystem::create_symlink("nowhere", scratch / "in/c.jpg");
  const auto before = image_fingerprints(scratch / "in");
  REQUIRE(before.size() == 2);
  CHECK(before.at("a.jpg") == source_fingerprint(scratch / "in/a.jpg"));
  CHECK(before.contains("b%FF.png"));
  write_text(scratch / "in/a.jpg", "One");
  write_text(scratch / "in/d.jpg", "new");
  const auto after = image_fingerprints(scratch / "in");
  CHECK(after.at("a.jpg") != before.at("a.jpg"));
  CHECK(after.at("b%FF.png") == before.at("b%FF.png"));
  CHECK(after.size() == 3);
  CHECK(image_fingerprints(scratch / "in/a.jpg").size() == 1);
}

TEST_CASE("a pipe is no input, and is not waited for") {
  const Scratch scratch;
  REQUIRE(mkfifo((scratch / "x.mp4").c_str(), 0600) == 0);
  CHECK(
      contains(message_of([&] { source_fingerprint(scratch / "x.mp4"); }), "is a pipe or device"));
}
