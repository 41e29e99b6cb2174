// SPDX-License-Identifier: MIT
#pragma once
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/programs.h"

namespace cameo::test {

/// A time-stamp authority on this machine (time_stamp_authority.py), as long as this lives.
class TimeStampAuthority {
 public:
  TimeStampAuthority() {
    const Outcome made = run_shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=clock "
        "-addext keyUsage=critical,digitalSignature -addext basicConstraints=critical,CA:FALSE "
        "-addext extendedKeyUsage=critical,timeStamping -keyout tsa.key -out tsa.pem && "
        "(python3 '" CAMEO_GOLDEN
        "/../support/time_stamp_authority.py' . & echo $! >pid); "
        "for i in $(seq 200); do [ -e port ] && break; sleep 0.05; done; cat port",
        scratch_.path());
    REQUIRE_MESSAGE(made.code == 0, made.err);
    url_ = "http://127.0.0.1:" + made.out;
  }
  ~TimeStampAuthority() { run_shell("kill $(cat pid)", scratch_.path()); }
  TimeStampAuthority(const TimeStampAuthority&) = delete;
  TimeStampAuthority& operator=(const TimeStampAuthority&) = delete;

  const std::string& url() const { return url_; }
  std::filesystem::path certificate() const { return scratch_ / "tsa.pem"; }

 private:
  Scratch scratch_;
  std::string url_;
};

}  // namespace cameo::test
