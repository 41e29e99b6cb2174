// SPDX-License-Identifier: MIT
#include "pipeline/mark/time_stamp.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/programs.h"
#include "tests/support/time_stamp_authority.h"

using namespace cameo;
using namespace cameo::test;

namespace {

std::vector<unsigned char> bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("a time stamp fits its message and no other, to openssl as well") {
  const Scratch scratch;
  const TimeStampAuthority authority;
  const auto token = request_time_stamp(authority.url(), bytes_of("message"));
  const TimeStamp found = check_time_stamp(token, bytes_of("message"), {});
  CHECK(found.problem.empty());
  CHECK_FALSE(found.trusted);
  const std::string now = run_shell("date +%s", scratch.path()).out;
  CHECK(std::abs(std::stol(now) - found.seconds) < 3600);
  CHECK(check_time_stamp(token, bytes_of("message"), TrustedCertificates(authority.certificate()))
            .trusted);
  CHECK_FALSE(check_time_stamp(token, bytes_of("other"), {}).problem.empty());
  write_text(scratch / "message", "message");
  write_bytes(scratch / "token", token);
  const std::string verify = "openssl ts -verify -data message -in token -token_in -CAfile '" +
                             authority.certificate().string() + "'";
  CHECK(run_shell(verify, scratch.path()).code == 0);
  write_text(scratch / "message", "other");
  CHECK(run_shell(verify, scratch.path()).code != 0);
}

TEST_CASE("damaged time stamps are never a crash, and none whose signature was changed fits") {
  const TimeStampAuthority authority;
  auto token = request_time_stamp(authority.url(), bytes_of("message"));
  for (std::size_t i = 0; i < token.size(); i += 31) {
    auto damaged = token;
    damaged[i] ^= 0x10U;
    check_time_stamp(damaged, bytes_of("message"), TrustedCertificates(authority.certificate()));
    CHECK_FALSE(check_time_stamp({token.data(), i}, bytes_of("message"), {}).problem.empty());
  }
  token[token.size() - 20] ^= 1U;
  CHECK_FALSE(check_time_stamp(token, bytes_of("message"), {}).problem.empty());
}

TEST_CASE("an authority that is none is named") {
  CHECK(contains(message_of([] { request_time_stamp("http://127.0.0.1:1/tsa", {}); }),
                 "http://127.0.0.1:1/tsa: gives no time stamp"));
  for (const char* url : {"https://127.0.0.1:1", "ftp://a", "tsa"})
    CHECK(contains(message_of([&] { request_time_stamp(url, {}); }), url));
}
