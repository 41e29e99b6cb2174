// SPDX-License-Identifier: MIT
#pragma once
// Time stamps of an authority (RFC 3161).
#include <span>
#include <string>
#include <vector>

#include "pipeline/mark/trusted_certificates.h"

namespace cameo {

/// Asks an authority for a time stamp of a message, of which it gets the SHA-256 alone. url: over
/// http, as libcrypto has no TLS; the answer is signed. Returns the token, DER. Throws Error
/// (ErrorCode::Input) if the authority does not answer within half a minute, or not to the
/// question.
std::vector<unsigned char> request_time_stamp(const std::string& url,
                                              std::span<const unsigned char> message);

/// A checked time stamp.
struct TimeStamp {
  std::string time;      ///< RFC 3339, UTC
  long seconds = 0;      ///< the same since 1970
  bool trusted = false;  ///< the authority's certificate leads to a trusted one
  std::string problem;   ///< what is wrong: it is of another message, or damaged; empty: nothing
};

/// Checks the time stamp of a message. trusted: what the authority's certificate must lead to for
/// it to be a trusted one.
TimeStamp check_time_stamp(std::span<const unsigned char> token,
                           std::span<const unsigned char> message,
                           const TrustedCertificates& trusted);

}  // namespace cameo
